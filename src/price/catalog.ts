import { catalogJson } from './catalog-data.ts'
import { completeRates, rateNames, type Price, type PriceSource, type Rates } from './price.ts'

/** The rates of a card, in the order of `rateNames`; the end is cut where nothing follows. */
type RateRow = readonly (number | null)[]

/** One price list entry as the catalogue stores it. */
interface StoredCard {
  readonly rates: RateRow
  /** Prompts of more than so many tokens, ascending. */
  readonly above?: readonly (readonly [number, RateRow])[]
  /** Cards of other service tiers, by name. */
  readonly tiers?: { readonly [tier: string]: Omit<StoredCard, 'tiers'> }
}

/** A card's index, or several with the day (UTC) each is valid from, ascending. */
type StoredModel = number | readonly (readonly [string, number])[]

interface StoredCatalog {
  readonly version: string
  readonly cards: readonly StoredCard[]
  readonly families: { readonly [family: string]: { readonly [model: string]: StoredModel } }
}

interface Card {
  readonly standard: Price
  readonly tiers: ReadonlyMap<string, Price>
}

/** Ascending; the last one that has begun is valid. */
type Dated = readonly { readonly from: number; readonly card: Card }[]

function toRates(row: RateRow): Rates {
  return completeRates((name) => row[rateNames.indexOf(name)] ?? undefined)
}

function toPrice({ rates, above }: StoredCard): Price {
  return {
    ...toRates(rates),
    longContext: above?.map(([tokens, row]) => ({ ...toRates(row), above: tokens })),
  }
}

function toCard(stored: StoredCard | undefined): Card {
  if (stored === undefined) return { standard: {}, tiers: new Map() }
  const tiers = Object.entries(stored.tiers ?? {})
  return {
    standard: toPrice(stored),
    tiers: new Map(tiers.map(([tier, card]) => [tier, toPrice(card)])),
  }
}

function toDated({ cards }: StoredCatalog, model: StoredModel): Dated {
  const always = Number.NEGATIVE_INFINITY
  if (typeof model === 'number') return [{ from: always, card: toCard(cards[model]) }]
  return model.map(([day, index]) => ({
    from: day === '' ? always : Date.parse(day),
    card: toCard(cards[index]),
  }))
}

/**
 * A source over a compiled catalogue. It is parsed when it is first asked, and a model's card is
 * built when that model is: the first price of a process waits for nothing else.
 */
function createCatalog(version: string, json: string): PriceSource {
  let stored: StoredCatalog | undefined
  // By family and model. Only models of the catalogue get in, so it is bounded by it.
  const built = new Map<string, Map<string, Dated>>()

  function build(family: string, model: string): Dated | undefined {
    stored ??= JSON.parse(json) as StoredCatalog
    if (!Object.hasOwn(stored.families, family)) return undefined
    const entry = stored.families[family]
    if (entry === undefined || !Object.hasOwn(entry, model)) return undefined
    const dated = toDated(stored, entry[model] ?? [])
    const models = built.get(family) ?? new Map<string, Dated>()
    built.set(family, models.set(model, dated))
    return dated
  }

  return {
    version,
    source: 'catalog',
    find({ family, model, at, serviceTier, region }) {
      const dated = built.get(family)?.get(model) ?? build(family, model)
      const card = dated === undefined ? undefined : cardAt(dated, at)
      if (card === undefined) return 'model_without_price'
      if (region !== undefined) return 'terms_without_price'
      if (serviceTier === undefined) return card.standard
      return card.tiers.get(serviceTier) ?? 'terms_without_price'
    },
  }
}

function cardAt(entries: Dated, at: number): Card | undefined {
  for (let index = entries.length - 1; index >= 0; index--) {
    const entry = entries[index]
    if (entry !== undefined && at >= entry.from) return entry.card
  }
  return undefined
}

/**
 * List prices by provider and exact model id, compiled from maintained datasets (see
 * `docs/decisions/0007-catalogue.md`). Looks nothing up in a network.
 */
export const catalog: PriceSource = createCatalog(catalogJson.version, catalogJson.json)
