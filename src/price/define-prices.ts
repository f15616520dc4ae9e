import { expected, rejectUnknown } from '../expected.ts'
import { completeRates, rateNames, type Price, type PriceSource } from './price.ts'

/** A price of your own: for a fine-tune, a contract, a model that you host. */
export interface PriceRow extends Price {
  /** As on the span (`openai.chat`) or its family (`openai`). */
  readonly provider: string
  /** Exactly as on the span. */
  readonly model: string
  /** First day, UTC, as `2026-11-01`; without it the row is valid from ever. */
  readonly from?: string | undefined
}

const rowNames = ['provider', 'model', 'from', 'longContext', ...rateNames]
const tierNames = ['above', ...rateNames]

interface DatedPrice {
  readonly from: number
  readonly price: Price
}

/**
 * A price source of your own rows, in US dollars for a million tokens. Put it before `catalog`:
 * `prices: [definePrices('contract-7', rows), catalog]`. Its costs carry `cost.source: override`.
 *
 * @param version goes into `cost.price_version`; change it with every change of the rows.
 * @throws TypeError if a row is malformed, naming the field.
 *
 * @example
 * definePrices('2026-11', [{ provider: 'openai', model: 'ft:gpt-4o:acme', input: 3.75, output: 15 }])
 */
export function definePrices(version: string, rows: readonly PriceRow[]): PriceSource {
  if (typeof version !== 'string' || version === '') {
    throw expected('version', 'a string that is not empty', version)
  }
  if (!Array.isArray(rows)) throw expected('rows', 'an array of price rows', rows)
  const book = new Map<string, Map<string, DatedPrice[]>>()
  rows.forEach((row: PriceRow, index) => {
    validateRow(row, `rows[${index}]`)
    const models = book.get(row.provider) ?? new Map<string, DatedPrice[]>()
    book.set(row.provider, models)
    const dated = models.get(row.model) ?? []
    models.set(row.model, dated)
    const from = row.from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(row.from)
    if (dated.some((other) => other.from === from)) {
      throw expected(`rows[${index}]`, 'the only row of its provider, model and day')
    }
    // A copy: what the caller does to the rows later changes no price.
    dated.push({
      from,
      price: {
        ...completeRates((name) => row[name]),
        longContext: row.longContext?.map((tier) => ({
          ...completeRates((name) => tier[name]),
          above: tier.above,
        })),
      },
    })
    dated.sort((one, other) => one.from - other.from)
  })
  return {
    version,
    source: 'override',
    find({ provider, family, model, at, serviceTier, region }) {
      const valid = (id: string): Price | undefined =>
        book
          .get(id)
          ?.get(model)
          ?.findLast(({ from }) => at >= from)?.price
      const price = valid(provider) ?? valid(family)
      if (price === undefined) return 'model_without_price'
      return serviceTier === undefined && region === undefined ? price : 'terms_without_price'
    },
  }
}

function validateRow(row: unknown, path: string): void {
  if (typeof row !== 'object' || row === null) throw expected(path, 'a price row', row)
  const { provider, model, from, longContext } = row as Partial<PriceRow>
  rejectUnknown(row, path, rowNames)
  for (const [name, value] of Object.entries({ provider, model })) {
    if (typeof value !== 'string' || value === '') {
      throw expected(`${path}.${name}`, 'a string that is not empty', value)
    }
  }
  if (from !== undefined && !isDay(from)) {
    throw expected(`${path}.from`, 'a day such as 2026-11-01', from)
  }
  validateRates(row, path)
  if (longContext === undefined) return
  if (!Array.isArray(longContext)) throw expected(`${path}.longContext`, 'an array', longContext)
  longContext.forEach((tier: unknown, index) => {
    const tierPath = `${path}.longContext[${index}]`
    if (typeof tier !== 'object' || tier === null) throw expected(tierPath, 'an object', tier)
    rejectUnknown(tier, tierPath, tierNames)
    validateRate('above' in tier ? tier.above : undefined, `${tierPath}.above`)
    validateRates(tier, tierPath)
  })
}

/** A day that exists, as `2026-11-01`. */
function isDay(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return false
  const at = Date.parse(value)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value)
}

function validateRates(rates: object, path: string): void {
  let found = false
  for (const name of rateNames) {
    const rate = (rates as { [rate: string]: unknown })[name]
    if (rate === undefined) continue
    validateRate(rate, `${path}.${name}`)
    found = true
  }
  if (!found) throw expected(path, 'a price with at least one rate, such as `input`')
}

function validateRate(rate: unknown, path: string): void {
  if (typeof rate !== 'number' || !Number.isFinite(rate) || rate < 0) {
    throw expected(path, 'a finite number, 0 or more', rate)
  }
}
