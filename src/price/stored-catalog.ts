import { completeRates, rateNames, toPrice, type Price, type Rates } from './price.ts'

/** The rates of a card, in the order of `rateNames`; the end is cut where nothing follows. */
type RateRow = readonly (number | null)[]

/** Rates, and those of long prompts: of more than so many tokens, ascending. */
interface StoredPrice {
  readonly rates: RateRow
  readonly above?: readonly (readonly [number, RateRow])[]
}

/** One price list entry as the catalogue stores it. */
interface StoredCard extends StoredPrice {
  /** Prices in other service tiers, by name. */
  readonly tiers?: { readonly [tier: string]: StoredPrice }
  /** By what factor tokens cost more where inference is bound to a region, by its name. */
  readonly regions?: { readonly [region: string]: number }
  /**
   * Cards of certain hours: the weekdays (UTC, `1` is Monday), from and until which minute of the
   * day (UTC, the latter excluded), and the card's index.
   */
  readonly hours?: readonly (readonly [string, number, number, number])[]
}

/** A card's index, or several with the day or the moment (UTC) each is valid from, ascending. */
export type StoredModel = number | readonly (readonly [string, number])[]

/** What the compiler of prices writes, as JSON. */
export interface StoredCatalog {
  readonly version: string
  readonly cards: readonly StoredCard[]
  readonly families: { readonly [family: string]: { readonly [model: string]: StoredModel } }
}

/** A model's price list, ready to be asked. */
export interface Card {
  readonly standard: Price
  readonly tiers: ReadonlyMap<string, Price>
  /** The same, where inference is bound to a region. */
  readonly regions: ReadonlyMap<string, Omit<Card, 'regions' | 'hours'>>
  readonly hours: readonly Hours[]
}

/** A card that holds at certain hours (UTC). */
export interface Hours {
  /** `1` is Monday. */
  readonly weekdays: string
  readonly fromMinute: number
  /** Excluded. */
  readonly untilMinute: number
  readonly card: Card
}

/** A card, from a moment on in milliseconds since the epoch. */
export interface Period {
  readonly from: number
  readonly card: Card
}

/** The periods of a model, ascending. */
export function toPeriods(catalog: StoredCatalog, model: StoredModel): readonly Period[] {
  const always = Number.NEGATIVE_INFINITY
  if (typeof model === 'number') return [{ from: always, card: toCard(catalog, model) }]
  return model.map(([day, index]) => ({
    from: day === '' ? always : Date.parse(day),
    card: toCard(catalog, index),
  }))
}

function toCard(catalog: StoredCatalog, index: number): Card {
  const { tiers, regions, hours, ...stored } = catalog.cards[index] ?? { rates: [] }
  const standard = toListed(stored)
  const prices = new Map(
    Object.entries(tiers ?? {}).map(([name, tier]) => [name, toListed(tier)] as const),
  )
  return {
    standard,
    tiers: prices,
    regions: new Map(
      Object.entries(regions ?? {}).map(([region, factor]) => [
        region,
        {
          standard: scaled(standard, factor),
          tiers: new Map([...prices].map(([name, price]) => [name, scaled(price, factor)])),
        },
      ]),
    ),
    hours: (hours ?? []).map(([weekdays, fromMinute, untilMinute, card]) => ({
      weekdays,
      fromMinute,
      untilMinute,
      card: toCard(catalog, card),
    })),
  }
}

function toListed({ rates, above }: StoredPrice): Price {
  return toPrice(
    toRates(rates),
    above?.map(([tokens, row]) => ({ ...toRates(row), above: tokens })),
  )
}

function toRates(row: RateRow): Rates {
  return completeRates((name) => row[rateNames.indexOf(name)] ?? undefined)
}

/** What is not charged by the token costs the same in every region. */
const unscaled = new Set<keyof Rates>(['search', 'request', 'minimumSeconds'])

function scaled(price: Price, factor: number): Price {
  const scaledRates = (rates: Rates): Rates =>
    completeRates((name) => {
      const rate = rates[name]
      return rate === undefined || unscaled.has(name) ? rate : rate * factor
    })
  return toPrice(
    scaledRates(price),
    price.longContext?.map((step) => ({ ...scaledRates(step), above: step.above })),
  )
}
