import type { Terms } from '../usage/usage.ts'
import { catalogJson } from './catalog-data.ts'
import { rateNames, type Price, type PriceMiss, type PriceSource, type Rates } from './price.ts'

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

type Families = ReadonlyMap<string, ReadonlyMap<string, Dated>>

function toRates(row: RateRow): Rates {
  const rates: { -readonly [name in keyof Rates]: Rates[name] } = {}
  rateNames.forEach((name, index) => {
    const rate = row[index]
    if (rate !== null && rate !== undefined) rates[name] = rate
  })
  return rates
}

function toPrice({ rates, above }: StoredCard): Price {
  if (above === undefined) return toRates(rates)
  return {
    ...toRates(rates),
    longContext: above.map(([tokens, row]) => ({ above: tokens, ...toRates(row) })),
  }
}

function toCard(stored: StoredCard): Card {
  const tiers = Object.entries(stored.tiers ?? {})
  return {
    standard: toPrice(stored),
    tiers: new Map(tiers.map(([tier, card]) => [tier, toPrice(card)])),
  }
}

function load(json: string): Families {
  const { cards: stored, families } = JSON.parse(json) as StoredCatalog
  const cards = stored.map(toCard)
  const card = (index: number): Card => cards[index] ?? { standard: {}, tiers: new Map() }
  const dated = (model: StoredModel): Dated =>
    typeof model === 'number'
      ? [{ from: Number.NEGATIVE_INFINITY, card: card(model) }]
      : model.map(([day, index]) => ({
          from: day === '' ? Number.NEGATIVE_INFINITY : Date.parse(day),
          card: card(index),
        }))
  return new Map(
    Object.entries(families).map(([family, models]) => [
      family,
      new Map(Object.entries(models).map(([model, entry]) => [model, dated(entry)])),
    ]),
  )
}

/** A source over a compiled catalogue, which is parsed when it is first asked. */
function createCatalog(version: string, json: string): PriceSource {
  let families: Families | undefined
  return {
    version,
    source: 'catalog',
    find({ family, model, at, terms }) {
      families ??= load(json)
      const entries = families.get(family)?.get(model)
      const card = entries === undefined ? undefined : cardAt(entries, at)
      return card === undefined ? 'model_without_price' : priceUnder(card, terms)
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

function priceUnder(card: Card, { serviceTier, region }: Terms): Price | PriceMiss {
  if (region !== undefined) return 'terms_without_price'
  if (serviceTier === undefined) return card.standard
  return card.tiers.get(serviceTier) ?? 'terms_without_price'
}

/**
 * List prices by provider and exact model id, compiled from maintained datasets (see
 * `docs/decisions/0007-catalogue.md`). Looks nothing up in a network.
 */
export const catalog: PriceSource = createCatalog(catalogJson.version, catalogJson.json)
