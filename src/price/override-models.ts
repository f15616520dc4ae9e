import { LONGEST_ID } from '../conventions/model-call.ts'
import { providerFamily } from '../conventions/provider-family.ts'
import type { IdPattern } from './id-pattern.ts'
import type { RowPrice } from './override-price.ts'

/** A price and when it holds, in milliseconds since the epoch. */
interface DatedPrice {
  readonly from: number
  /** Excluded. */
  readonly until: number
  readonly price: RowPrice
}

/** A RegExp of the user. */
export interface ModelPattern {
  /** With its flags. RegExps of the same spelling are one model. */
  readonly source: string
  /** Whether an id matches, in bounded time. */
  readonly matches: IdPattern
}

/** Ids in one generation of the memory of matching RegExps. Two generations are kept. */
const GENERATION = 1024

/** Returns the model that an id is a snapshot of, by the rule of `find-price.ts`, or `undefined`. */
function nameOf(snapshot: string): string | undefined {
  const dash = dashOf(snapshot)
  const at = snapshot.indexOf('@', 1)
  const end = at === -1 || at === snapshot.length - 1 ? dash : Math.min(at, dash ?? at)
  return end === undefined ? undefined : snapshot.slice(0, end)
}

/** Where `-2024-08-06` or `-0806` begins: three digits or more, and then two at a time. */
function dashOf(snapshot: string): number | undefined {
  let end = snapshot.length
  let dash = snapshot.lastIndexOf('-')
  while (dash > 0 && /^\d\d$/.test(snapshot.slice(dash + 1, end))) {
    end = dash
    dash = snapshot.lastIndexOf('-', dash - 1)
  }
  return dash > 0 && /^\d{3,}$/.test(snapshot.slice(dash + 1, end)) ? dash : undefined
}

const nothing: readonly DatedPrice[][] = []

/** The rows of one provider: models by their id, and by RegExps in the order of the rows. */
export class OverrideModels {
  /** On Azure an id may be the name of a deployment, of which nothing is a snapshot. */
  readonly #hasSnapshots: boolean
  readonly #exact = new Map<string, DatedPrice[]>()
  readonly #patterns = new Map<string, { matches: IdPattern; prices: DatedPrice[] }>()
  #young = new Map<string, readonly DatedPrice[][]>()
  #old = new Map<string, readonly DatedPrice[][]>()

  constructor(provider: string) {
    this.#hasSnapshots = providerFamily(provider) !== 'azure'
  }

  /**
   * Whether it was added: a model has one price that begins on a day.
   *
   * @param model an id, or the source of a RegExp and whether an id matches it.
   */
  add(model: string | ModelPattern, price: DatedPrice): boolean {
    const prices = this.#pricesOf(model)
    if (prices.some(({ from }) => from === price.from)) return false
    prices.push(price)
    prices.sort((one, other) => one.from - other.from)
    return true
  }

  find(model: string, at: number): RowPrice | undefined {
    const exact = this.#exact.get(model)
    const found = exact === undefined ? undefined : priceAt(exact, at)
    return found ?? (this.#patterns.size === 0 ? undefined : this.#findMatching(model, at))
  }

  #pricesOf(model: string | ModelPattern): DatedPrice[] {
    if (typeof model === 'string') {
      const known = this.#exact.get(model) ?? []
      this.#exact.set(model, known)
      return known
    }
    const { source, matches } = model
    const known = this.#patterns.get(source) ?? { matches, prices: [] }
    this.#patterns.set(source, known)
    return known.prices
  }

  #findMatching(model: string, at: number): RowPrice | undefined {
    // No RegExp is tried on a longer one.
    if (model.length > LONGEST_ID) return undefined
    for (const prices of this.#matching(model)) {
      const found = priceAt(prices, at)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Bounded: an id is evicted after two thousand others, and then matched again. */
  #matching(model: string): readonly DatedPrice[][] {
    const recent = this.#young.get(model)
    if (recent !== undefined) return recent
    const matching = this.#old.get(model) ?? this.#match(model)
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(model, matching)
    return matching
  }

  #match(model: string): readonly DatedPrice[][] {
    const matching = [...this.#patterns.values()]
      .filter(({ matches }) => matches(model))
      .map(({ prices }) => prices)
    if (matching.length === 0) return nothing
    // The response to a request for `gpt-4o` names a snapshot, and that id is looked up first: without this
    // rule the row for `gpt-4o` would never win over a RegExp.
    const name = this.#hasSnapshots ? nameOf(model) : undefined
    const named = name === undefined ? undefined : this.#exact.get(name)
    return named === undefined ? matching : [named, ...matching]
  }
}

/** Of those that hold, the one that began last. */
function priceAt(prices: readonly DatedPrice[], at: number): RowPrice | undefined {
  for (let index = prices.length - 1; index >= 0; index--) {
    const dated = prices[index]
    if (dated !== undefined && at >= dated.from && at < dated.until) return dated.price
  }
  return undefined
}
