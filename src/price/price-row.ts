import { invalidOption, rejectUnknown } from '../invalid-option.ts'
import { servedTier } from '../usage/usage-reader.ts'
import { isPriceSource, MAXIMUM_STEPS } from './ask-source.ts'
import { rateNames, type Price, type PriceSource } from './price.ts'

/**
 * A price of your own: for a fine-tune, a contract, a model that you host. Of several rows that
 * hold for a call, one for the provider id on the span goes before one for its family, then an
 * exact model before a RegExp, then the RegExp that comes first; of one model's, what began last.
 */
export interface PriceRow extends Price {
  /** As on the span (`openai.chat`) or its family (`openai`). */
  readonly provider: string
  /**
   * The model, exactly as on the span, or a RegExp of such ids, without the flags `g` and `y`. A RegExp matches
   * anywhere in an id if it has no `^` and `$`, and no id of more than 256 characters. It also leaves
   * the snapshots of a model that has a row (`gpt-4o-2024-08-06` of `gpt-4o`) to that row, except on
   * Azure, where ids may be names of deployments. One that is ambiguous, such as `^(a+)+$`, is matched in
   * bounded time; it is refused if it has a backreference, a lookbehind or the flag `v` as well.
   */
  readonly model: string | RegExp
  /** First day, UTC, as `2026-11-01`; without it the row is valid from ever. */
  readonly from?: string | undefined
  /**
   * First day, UTC, on which it is not valid any more; without it the row is valid for ever. Outside
   * its days the row is as if it were not there: another row or another source decides.
   */
  readonly until?: string | undefined
  /**
   * The prices that this row changes, such as `catalog`; without it the row is the whole price. It is
   * asked about the call as it was, and where it has no price the row has none either. What the row
   * states is then final, everything else comes from the base: a rate of the row applies in every region and
   * every step of a long context, so that none of them overrides a contract in silence; `longContext`
   * replaces all steps, `[]` by none. Other service tiers are the base's, times `factor`, unless
   * `tiers` states them, because `flex` and `priority` never cost the standard rate.
   */
  readonly over?: PriceSource | undefined
  /**
   * By what the rates of `over` are multiplied: 0.9 is a discount of 10 %. More than 0. It changes
   * neither what this row states nor `minimumSeconds`.
   * @defaultValue 1
   */
  readonly factor?: number | undefined
  /**
   * Prices of calls served in another tier, by its name in lower case, such as `flex`. They replace
   * the row's own rates. Without `over` a tier that is not named here has no price; with
   * it one that is named here needs none in the base.
   */
  readonly tiers?: { readonly [tier: string]: Price } | undefined
}

const priceNames = ['longContext', ...rateNames]
const rowNames = ['provider', 'model', 'from', 'until', 'over', 'factor', 'tiers', ...priceNames]
const stepNames = ['above', ...rateNames]

/** An object from a caller who may not use a compiler. */
interface Fields {
  readonly [name: string]: unknown
}

/** @throws TypeError if a row is malformed, naming the field by its path. */
export function validateRow(row: unknown, path: string): asserts row is PriceRow {
  if (!isObject(row)) throw invalidOption(path, 'a price row', row)
  rejectUnknown(row, path, rowNames)
  const {
    provider,
    model,
    from,
    until,
    over,
    factor,
    tiers,
  }: { [name in keyof PriceRow]?: unknown } = row
  if (!isText(provider))
    throw invalidOption(`${path}.provider`, 'a string that is not empty', provider)
  validateModel(model, `${path}.model`)
  validateDays(from, until, path)
  validateBase(over, factor, path)
  validatePrice(row, path)
  if (over === undefined) requireRate(row, path)
  if (tiers !== undefined) validateTiers(tiers, `${path}.tiers`)
}

function validateModel(model: unknown, path: string): void {
  if (!(model instanceof RegExp)) {
    if (isText(model)) return
    throw invalidOption(path, 'a string that is not empty, or a RegExp', model)
  }
  // With these flags a RegExp keeps its last position, and the same id may match or not.
  if (model.global || model.sticky)
    throw invalidOption(`${path}.flags`, 'without g and y', model.flags)
}

function validateDays(from: unknown, until: unknown, path: string): void {
  for (const [name, day] of Object.entries({ from, until })) {
    if (day !== undefined && !isDay(day)) {
      throw invalidOption(`${path}.${name}`, 'a day such as 2026-11-01', day)
    }
  }
  if (isText(from) && isText(until) && Date.parse(until) <= Date.parse(from)) {
    throw invalidOption(`${path}.until`, 'a day later than `from`', until)
  }
}

function validateBase(over: unknown, factor: unknown, path: string): void {
  if (over !== undefined && !isPriceSource(over)) {
    throw invalidOption(`${path}.over`, 'a price source with `version`, `source` and `find`', over)
  }
  if (factor === undefined) return
  if (typeof factor !== 'number' || !Number.isFinite(factor) || factor <= 0) {
    throw invalidOption(`${path}.factor`, 'a finite number, more than 0', factor)
  }
  if (over === undefined)
    throw invalidOption(`${path}.factor`, 'left out of a row without `over`', factor)
}

function validateTiers(tiers: unknown, path: string): void {
  if (!isObject(tiers)) throw invalidOption(path, 'an object of prices by tier', tiers)
  for (const [name, price] of Object.entries(tiers)) {
    const tierPath = `${path}.${name}`
    // Another name would never be looked up.
    if (servedTier(name) !== name) {
      throw invalidOption(tierPath, 'a tier in lower case, other than the standard one')
    }
    if (!isObject(price)) throw invalidOption(tierPath, 'an object', price)
    rejectUnknown(price, tierPath, priceNames)
    validatePrice(price, tierPath)
    requireRate(price, tierPath)
  }
}

/** The rates of a price and those of its long context. */
function validatePrice(price: Fields, path: string): void {
  validateRates(price, path)
  const { longContext } = price
  if (longContext === undefined) return
  if (!Array.isArray(longContext))
    throw invalidOption(`${path}.longContext`, 'an array', longContext)
  if (longContext.length > MAXIMUM_STEPS) {
    throw invalidOption(`${path}.longContext`, `an array of at most ${MAXIMUM_STEPS} steps`)
  }
  longContext.forEach((step: unknown, index) => {
    const stepPath = `${path}.longContext[${index}]`
    if (!isObject(step)) throw invalidOption(stepPath, 'an object', step)
    rejectUnknown(step, stepPath, stepNames)
    validateRate(step['above'], `${stepPath}.above`)
    validateRates(step, stepPath)
    requireRate(step, stepPath)
  })
}

function validateRates(rates: Fields, path: string): void {
  for (const name of rateNames) {
    if (rates[name] !== undefined) validateRate(rates[name], `${path}.${name}`)
  }
}

function requireRate(rates: Fields, path: string): void {
  if (rateNames.every((name) => rates[name] === undefined)) {
    throw invalidOption(path, 'a price with at least one rate, such as `input`')
  }
}

function validateRate(rate: unknown, path: string): void {
  if (typeof rate !== 'number' || !Number.isFinite(rate) || rate < 0) {
    throw invalidOption(path, 'a finite number, 0 or more', rate)
  }
}

/** A day that exists, as `2026-11-01`. */
function isDay(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return false
  const at = Date.parse(value)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}
