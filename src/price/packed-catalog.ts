import { completeRates, rateNames, toPrice, type Price, type Rates } from './price.ts'

/** The rates of a card, in the order of `rateNames`; the end is cut where nothing follows. */
type RateRow = readonly (number | null)[]

/**
 * Rates, and those of long prompts: of more than so many tokens, ascending, as a row or as factors of
 * the rates: of all but the output, and of the output.
 */
interface StoredPrice {
  /** Rates. */
  readonly r: RateRow
  /** Above so many tokens. */
  readonly a?: readonly (readonly [number, RateRow] | readonly [number, number, number])[]
}

/** One price list entry as the catalog stores it. */
interface StoredCard extends StoredPrice {
  /** Prices in other service tiers, by name; a number is a factor of the standard price. */
  readonly t?: { readonly [tier: string]: StoredPrice | number }
  /** By what factor tokens cost more where inference is bound to a region, by its name. */
  readonly regions?: { readonly [region: string]: number }
  /**
   * Cards of certain hours: the weekdays (UTC, `1` is Monday), from and until which minute of the
   * day (UTC, the latter excluded), and the card.
   */
  readonly hours?: readonly (readonly [string, number, number, StoredCard])[]
}

/** A card, or several with the day or the moment (UTC) each is valid from, ascending. */
export type StoredModel = StoredCard | readonly (readonly [string, StoredCard])[]

/** A card, its rates if it is no more than them, or the number of one that came before. */
type PackedCard = StoredCard | RateRow | number

/** Begins with a day; a row of rates begins with none. */
type PackedModel = PackedCard | readonly (readonly [string, PackedCard])[]

/** The output of the price compiler (`scripts/prices/packed.py`): JSON without its nulls and without zeros before a point. */
interface PackedCatalog {
  readonly ids: { readonly [family: string]: string }
  /** By family, in the order of `ids`. */
  readonly cards: readonly (readonly PackedModel[])[]
}

/** By family and model. */
export type StoredCatalog = ReadonlyMap<string, ReadonlyMap<string, StoredModel>>

export function unpack(text: string): StoredCatalog {
  const json = text.replace(/(?<=[[,])(?=,)/g, 'null').replace(/(?<=[[,])(?=\.)/g, '0')
  const { ids, cards } = JSON.parse(json) as PackedCatalog
  const known: StoredCard[] = []
  const cardOf = (packed: PackedCard): StoredCard => {
    if (typeof packed === 'number') return known[packed] ?? { r: [] }
    const card = isRow(packed) ? { r: packed } : packed
    known.push(card)
    return card
  }
  return new Map(
    Object.entries(ids).map(([family, words], order) => {
      let model = ''
      const stored = words.split(' ').map((word, index) => {
        model = model.slice(0, Number.parseInt(word.charAt(0), 36)) + word.slice(1)
        const packed = cards[order]?.[index] ?? []
        const unpacked = isDated(packed)
          ? packed.map(([day, card]) => [day, cardOf(card)] as const)
          : cardOf(packed)
        return [model, unpacked] as const
      })
      return [family, new Map<string, StoredModel>(stored)]
    }),
  )
}

function isRow(card: StoredCard | RateRow): card is RateRow {
  return Array.isArray(card)
}

function isDated<One>(
  model: One | readonly (readonly [string, One])[],
): model is readonly (readonly [string, One])[] {
  return Array.isArray(model) && Array.isArray(model[0])
}

/** A model's price list, ready to be asked. */
export interface Card {
  /** The price without a service tier. */
  readonly standard: Price
  /** The price of each service tier. */
  readonly tiers: ReadonlyMap<string, Price>
  /** The same, where inference is bound to a region. */
  readonly regions: ReadonlyMap<string, Omit<Card, 'regions' | 'hours'>>
  /** The cards of certain hours; none for most models. */
  readonly hours: readonly Hours[]
}

/** A card that holds at certain hours (UTC). */
export interface Hours {
  /** `1` is Monday. */
  readonly weekdays: string
  /** Minutes since midnight (UTC). */
  readonly fromMinute: number
  /** Excluded. */
  readonly untilMinute: number
  /** The card of these hours. */
  readonly card: Card
}

/** A card, from a moment on. */
export interface Period {
  /** In milliseconds since the epoch. */
  readonly from: number
  /** The card from then on. */
  readonly card: Card
}

/** The periods of a model, ascending. */
export function toPeriods(model: StoredModel): readonly Period[] {
  const always = Number.NEGATIVE_INFINITY
  if (!isDated(model)) return [{ from: always, card: toCard(model) }]
  return model.map(([day, card]) => ({
    from: day === '' ? always : Date.parse(day),
    card: toCard(card),
  }))
}

function toCard({ t: tiers, regions, hours = [], ...stored }: StoredCard): Card {
  const standard = toListed(stored)
  const prices = mapOf(tiers, (tier) =>
    typeof tier === 'number' ? scaled(standard, tier) : toListed(tier),
  )
  return {
    standard,
    tiers: prices,
    regions: mapOf(regions, (factor) => ({
      standard: scaled(standard, factor),
      tiers: new Map([...prices].map(([name, price]) => [name, scaled(price, factor)])),
    })),
    hours: hours.map(([weekdays, fromMinute, untilMinute, card]) => ({
      weekdays,
      fromMinute,
      untilMinute,
      card: toCard(card),
    })),
  }
}

function mapOf<Value, Result>(
  object: { readonly [name: string]: Value } = {},
  map: (value: Value) => Result,
): Map<string, Result> {
  return new Map(Object.entries(object).map(([name, value]) => [name, map(value)]))
}

function toListed({ r: rates, a: above }: StoredPrice): Price {
  return toPrice(
    toRates(rates),
    above?.map(([tokens, step, outputFactor = 1]) => ({
      ...(typeof step === 'number'
        ? scaledRates(toRates(rates), step, outputFactor)
        : toRates(step)),
      above: tokens,
    })),
  )
}

function toRates(row: RateRow): Rates {
  return completeRates((name) => row[rateNames.indexOf(name)] ?? undefined)
}

/** What is not charged by the token costs the same in every region. */
const unscaled = new Set<keyof Rates>(['search', 'request', 'minimumSeconds'])

function scaledRates(rates: Rates, factor: number, outputFactor: number): Rates {
  return completeRates((name) => {
    const rate = rates[name]
    if (rate === undefined || unscaled.has(name)) return rate
    return rate * (name === 'output' ? outputFactor : factor)
  })
}

function scaled(price: Price, factor: number): Price {
  return toPrice(
    scaledRates(price, factor, factor),
    price.longContext?.map((step) => ({
      ...scaledRates(step, factor, factor),
      above: step.above,
    })),
  )
}
