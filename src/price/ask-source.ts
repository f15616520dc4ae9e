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

/** More steps of a long context no vendor has: each of them is compared for every call. */
export const MAXIMUM_STEPS = 100

/** Thrown without a stack of its own: a broken source fails for every call. */
const noPrice = new TypeError('A price source answered with something that is no price')

/**
 * What a price source answers, which may be anybody's code. The catalogue and `definePrices` answer
 * with checked prices; the answer of another source is checked here and copied, so that no later
 * read of it can give something else. `undefined` and `null` say that the model is unknown.
 *
 * @throws whatever the source throws, and a TypeError if the answer is no price.
 */
export function askSource(source: PriceSource, query: PriceQuery): Price | PriceMiss {
  const found: unknown = source.find(query)
  if (isChecked(found)) return found
  if (typeof found === 'object' && found !== null) return checkedPrice(found)
  if (found === undefined || found === null) return 'model_without_price'
  if (found === 'model_without_price' || found === 'terms_without_price') return found
  // A promise that is a function; nobody else handles its rejection.
  catchRejection(found)
  throw noPrice
}

/** The checked copy of every answer that is still in use somewhere. */
const copies = new WeakMap<object, Price>()

/**
 * The checked copy of a price. It is made again only if the answer has changed since: most sources
 * answer with the same few objects, and to compare allocates nothing.
 *
 * @throws TypeError if it is no price.
 */
export function checkedPrice(answer: object): Price {
  const known = copies.get(answer)
  if (known !== undefined && isSamePrice(answer, known)) return known
  // A cost is computed while a span ends, so there is no waiting for a price.
  if (catchRejection(answer)) throw noPrice
  const { longContext } = answer as { readonly longContext?: unknown }
  const copy = toPrice(checkedRates(answer), checkedSteps(longContext))
  copies.set(answer, copy)
  return copy
}

/** What somebody's code may have put in the place of a rate. */
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

/** All that a price or a step of a long context has, but for steps of its own. */
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
