import { hasMethod } from '../invalid-option.ts'
import { catchRejection } from '../thenable.ts'
import {
  completeRates,
  isChecked,
  rateNames,
  toPrice,
  type Price,
  type PriceMiss,
  type PriceQuery,
  type PriceSource,
  type Rates,
} from './price.ts'

/** Steps of a long context that are accepted. No vendor has as many, and each is compared for every call. */
export const MAXIMUM_STEPS = 100

/** Whether a value from outside is a price source. */
export function isPriceSource(value: unknown): value is PriceSource {
  if (typeof value !== 'object' || value === null || !hasMethod(value, 'find')) return false
  const { version, source } = value as Partial<PriceSource>
  return (
    typeof version === 'string' && version !== '' && (source === 'override' || source === 'catalog')
  )
}

/** One object, so that no stack is captured: a broken source fails for every call. */
const noPrice = new TypeError('A price source answered with something that is no price')

/**
 * Asks a price source, which may be foreign code. The catalog and `definePrices` return checked prices. The
 * answer of another source is checked and copied here, so that a later read of it cannot give another value.
 * `undefined` and `null` mean that the source does not know the model.
 *
 * @throws whatever the source throws, and a TypeError if the answer is no price.
 */
export function askSource(source: PriceSource, query: PriceQuery): Price | PriceMiss {
  const found: unknown = source.find(query)
  if (isChecked(found)) return found
  if (typeof found === 'object' && found !== null) return checkedPrice(found)
  if (found === undefined || found === null) return 'model_without_price'
  if (found === 'model_without_price' || found === 'terms_without_price') return found
  // A promise may be a function. Nothing else handles its rejection.
  catchRejection(found)
  throw noPrice
}

/** The checked copy of each answer, as long as the answer is in use. */
const copies = new WeakMap<object, Price>()

/**
 * Returns the checked copy of a price. A new copy is made only if the answer has changed since: most sources
 * answer with the same few objects, and a comparison allocates nothing.
 *
 * @throws TypeError if it is no price.
 */
export function checkedPrice(answer: object): Price {
  const known = copies.get(answer)
  if (known !== undefined && isSamePrice(answer, known)) return known
  // A cost is computed while a span ends, so it cannot wait for a price.
  if (catchRejection(answer)) throw noPrice
  const { longContext } = answer as { readonly longContext?: unknown }
  const copy = toPrice(checkedRates(answer), checkedSteps(longContext))
  copies.set(answer, copy)
  return copy
}

/** Rates from foreign code, of any type. */
type Unchecked = { readonly [name in keyof Rates]?: unknown }

function checkedRates(rates: Unchecked): Rates {
  return completeRates((name) => {
    const rate = rates[name]
    return rate === undefined ? undefined : checkedRate(rate)
  })
}

function checkedRate(rate: unknown): number {
  if (typeof rate === 'number' && rate >= 0 && rate < Number.POSITIVE_INFINITY) return rate
  throw noPrice
}

function checkedSteps(steps: unknown): Price['longContext'] {
  if (steps === undefined) return undefined
  if (!Array.isArray(steps)) throw noPrice
  const { length } = steps
  if (length > MAXIMUM_STEPS) throw noPrice
  return Array.from({ length }, (_, index) => {
    const step: unknown = steps[index]
    if (typeof step !== 'object' || step === null) throw noPrice
    const { above } = step as { readonly above?: unknown }
    return { ...checkedRates(step), above: checkedRate(above) }
  })
}

/** The fields of a price and of a step of a long context, without the steps. */
const names = [...rateNames, 'above'] as const

interface Answer extends Unchecked {
  readonly above?: unknown
  readonly longContext?: unknown
}

function isSamePrice(answer: unknown, known: Answer): boolean {
  if (typeof answer !== 'object' || answer === null) return false
  for (const name of names) if ((answer as Answer)[name] !== known[name]) return false
  const { longContext: steps } = answer as Answer
  const { longContext: knownSteps } = known
  if (!Array.isArray(steps) || !Array.isArray(knownSteps)) return steps === knownSteps
  return (
    steps.length === knownSteps.length &&
    knownSteps.every((step: Answer, index) => isSamePrice(steps[index], step))
  )
}
