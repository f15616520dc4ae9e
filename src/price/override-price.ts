import { askSource, checkedPrice } from './ask-source.ts'
import type { PriceRow } from './price-row.ts'
import {
  completeRates,
  toPrice,
  type Price,
  type PriceMiss,
  type PriceQuery,
  type PriceSource,
  type Rates,
} from './price.ts'

/** The answer of a row to a call that it applies to. */
export type RowPrice = (query: PriceQuery) => Price | PriceMiss

/** Makes the price of a row from a copy: later changes of the row change no price. */
export function toRowPrice(row: PriceRow): RowPrice {
  const { over, factor = 1, tiers = {} } = row
  const standard = new Statement(row, factor)
  const byTier = new Map(
    Object.entries(tiers).map(([name, price]) => [name, new Statement(price, factor)]),
  )
  if (over === undefined) return alone(standard, byTier)
  return laidOver(over, standard, byTier, new Statement({}, factor))
}

/** The row is the whole price. It has none for a tier or a region that it does not name. */
function alone(standard: Statement, byTier: ReadonlyMap<string, Statement>): RowPrice {
  return ({ serviceTier, region }) => {
    if (region !== undefined) return 'terms_without_price'
    if (serviceTier === undefined) return standard.price
    return byTier.get(serviceTier)?.price ?? 'terms_without_price'
  }
}

/** The row changes the card that another source finds for the call. */
function laidOver(
  over: PriceSource,
  standard: Statement,
  byTier: ReadonlyMap<string, Statement>,
  otherTiers: Statement,
): RowPrice {
  return (query) => {
    const { serviceTier, region } = query
    const own = serviceTier === undefined ? undefined : byTier.get(serviceTier)
    const card = askSource(over, query)
    if (typeof card === 'object')
      return (serviceTier === undefined ? standard : (own ?? otherTiers)).over(card)
    // A tier that the row states needs none in the base, but then no base knows what a region costs in it.
    return card === 'terms_without_price' && region === undefined ? (own?.price ?? card) : card
  }
}

/** The rates that a row states for one tier, and the results of laying them over cards of the base. */
class Statement {
  readonly price: Price
  readonly #factor: number
  /** A source returns the same few objects, so each is multiplied once. */
  readonly #laid = new WeakMap<Price, Price>()

  constructor(stated: Price, factor: number) {
    this.price = checkedPrice(stated)
    this.#factor = factor
  }

  over(card: Price): Price {
    const known = this.#laid.get(card)
    if (known !== undefined) return known
    const lay = (rates: Rates): Rates => completeRates((name) => this.#rate(name, rates[name]))
    const laid = toPrice(lay(card), this.price.longContext ?? stepsOf(card, lay))
    this.#laid.set(card, laid)
    return laid
  }

  #rate(name: keyof Rates, base: number | undefined): number | undefined {
    const stated = this.price[name]
    if (stated !== undefined || base === undefined) return stated
    // Seconds are not money.
    return name === 'minimumSeconds' ? base : base * this.#factor
  }
}

type Steps = Price['longContext']

function stepsOf({ longContext }: Price, map: (rates: Rates) => Rates): Steps {
  return longContext?.map((step) => ({ ...map(step), above: step.above }))
}
