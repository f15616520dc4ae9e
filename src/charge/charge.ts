import type { Attribution } from '../attribution/attribution.ts'
import { readAttribution } from '../attribution/span-attribution.ts'
import type { ModelCall } from '../call/model-call.ts'
import { brokeOff, wasRefused } from '../call/outcome.ts'
import { readCall } from '../call/read-call.ts'
import { expected, rejectUnknown } from '../expected.ts'
import { readBilledUsd } from '../price/billed.ts'
import { catalog } from '../price/catalog.ts'
import { boundsOf, priceUsage, type Cost } from '../price/cost.ts'
import type { PriceSource } from '../price/price.ts'
import { priceOf } from '../price/price-of.ts'
import { startMilliseconds, type SpanLike } from '../span/span.ts'
import { readUnseen, readUsage } from '../usage/read-usage.ts'
import { Unseen, type Terms, type Usage } from '../usage/usage.ts'
import { statusOf, unseenReasons, type CostStatus } from './status.ts'

/** One provider call: what it was, what it used, what it cost, and who pays. */
export interface Charge {
  readonly traceId: string
  /** With the trace id, the identity of the call: a charge seen twice is one charge. */
  readonly spanId: string
  /** When the call started, in milliseconds since the epoch. */
  readonly at: number
  readonly call: ModelCall
  /** `undefined` if the span shows none. */
  readonly usage: Usage | undefined
  readonly terms: Terms
  /** What is charged, in US dollars; `undefined` is unknown, never 0. */
  readonly usd: number | undefined
  /** What the usage costs by the price that was found, in US dollars. */
  readonly listed: Cost | undefined
  readonly source: 'billed' | 'override' | 'catalog' | undefined
  readonly status: CostStatus
  /** Why the status is not `priced`: codes, separated by commas. */
  readonly reason: string | undefined
  /** The versions of all price sources that were asked. */
  readonly priceVersion: string
  readonly attribution: Attribution
}

/**
 * Charges a span: pure, so the same span and the same prices always give the same charge.
 * Returns `undefined` for a span that is not a provider call, or whose cost another span carries
 * as its stamp says. Without an `attribution` it is the one that the span states.
 */
export type Charger = (span: SpanLike, attribution?: Attribution) => Charge | undefined

export interface ChargerOptions {
  /**
   * Where prices come from; the first source that knows a model decides.
   * @defaultValue `[catalog]`
   */
  readonly prices?: readonly PriceSource[] | undefined
}

/** What is found out of a call's money; the rest of a charge is facts of its span. */
type Outcome = Pick<Charge, 'usd' | 'listed' | 'source' | 'status' | 'reason'>

const standardTerms: Terms = { serviceTier: undefined, region: undefined }

/**
 * The pure core, for tests and batch jobs over exported spans; `CostSpanProcessor` and
 * `CostSpanExporter` are skins over it. It looks at one span at a time: of spans that neither
 * has stamped, a call inside another that is the same call is charged twice.
 *
 * @throws TypeError if `prices` is not an array of price sources.
 *
 * @example
 * const charge = createCharger()
 * const total = spans.reduce((sum, span) => sum + (charge(span)?.usd ?? 0), 0)
 */
export function createCharger(options: ChargerOptions = {}): Charger {
  if (typeof options !== 'object' || options === null)
    throw expected('options', 'an object', options)
  rejectUnknown(options, 'options', ['prices'])
  const { prices = [catalog] } = options
  validatePrices(prices)
  const priceVersion = prices.map(({ version }) => version).join('+')

  return function charge(span, attribution) {
    const { attributes } = span
    const call = readCall(span)
    if (call === undefined) return undefined
    // Who hands in the payer has the span before it is stamped.
    const stampedReason = attribution === undefined ? attributes['cost.reason'] : undefined
    if (stampedReason === CARRIED_ELSEWHERE && attributes['cost.status'] === undefined)
      return undefined
    const at = startMilliseconds(span)
    const reading = readUsage(call, attributes)
    const { traceId, spanId } = span.spanContext()
    const outcome =
      stampedReason === RECORDED_TWICE
        ? unpriced(RECORDED_TWICE)
        : outcomeOf(prices, span, call, at, reading)
    // Written out: a spread of facts and outcome costs more than all the rest of a charge.
    return {
      traceId,
      spanId,
      at,
      call,
      usage: reading?.usage,
      terms: termsOf(reading),
      usd: outcome.usd,
      listed: outcome.listed,
      source: outcome.source,
      status: outcome.status,
      reason: outcome.reason,
      priceVersion,
      attribution: attribution ?? readAttribution(attributes),
    }
  }
}

function termsOf(reading: Terms | undefined): Terms {
  if (reading === undefined) return standardTerms
  const { serviceTier, region } = reading
  return serviceTier === undefined && region === undefined ? standardTerms : { serviceTier, region }
}

function outcomeOf(
  prices: readonly PriceSource[],
  span: SpanLike,
  call: ModelCall,
  at: number,
  reading: ReturnType<typeof readUsage>,
): Outcome {
  const billed = readBilledUsd(call, span.attributes)
  if (reading === undefined) {
    if (billed !== undefined) return billedOutcome(billed, undefined)
    return wasRefused(span)
      ? withoutCost('call_failed', 'http_error')
      : withoutCost('unknown_usage', 'usage_not_reported')
  }
  const { usage } = reading
  const found = priceOf(prices, call, at, reading)
  const listed = typeof found === 'string' ? undefined : priceUsage(usage, found.price)
  if (billed !== undefined) return billedOutcome(billed, listed)
  if (typeof found === 'string') return unpriced(found)
  if (listed === undefined) return unpriced('rate_without_price')
  const unseen = readUnseen(call, span.attributes, reading)
  const bounds = boundsOf(brokeOff(span) ? unseen | Unseen.brokenOff : unseen, usage, found.price)
  return {
    usd: listed.usd,
    listed,
    source: found.source,
    status: statusOf(bounds),
    reason: unseenReasons(bounds.unseen),
  }
}

function billedOutcome(usd: number, listed: Cost | undefined): Outcome {
  return { usd, listed, source: 'billed', status: 'priced', reason: undefined }
}

function withoutCost(status: CostStatus, reason: string): Outcome {
  return { usd: undefined, listed: undefined, source: undefined, status, reason }
}

function unpriced(reason: string): Outcome {
  return withoutCost('unpriced', reason)
}

/** The reason on a call whose cost a span inside it or around it carries. */
export const CARRIED_ELSEWHERE = 'carried_by_another_span'

/** The reason on a call that the AI SDK records a second time. */
const RECORDED_TWICE = 'recorded_twice'

/** The charge of a call that is recorded twice, on the span that does not carry it. */
export function withoutDuplicate(charge: Charge): Charge {
  return { ...charge, ...unpriced(RECORDED_TWICE) }
}

function validatePrices(prices: unknown): void {
  if (!Array.isArray(prices)) {
    throw expected('prices', 'an array of price sources', prices)
  }
  prices.forEach((source: unknown, index) => {
    if (!isPriceSource(source)) {
      throw expected(
        `prices[${index}]`,
        'a price source with `version`, `source` and `find`',
        source,
      )
    }
  })
}

function isPriceSource(value: unknown): value is PriceSource {
  if (typeof value !== 'object' || value === null) return false
  const { version, source, find } = value as Partial<PriceSource>
  return (
    typeof version === 'string' &&
    (source === 'override' || source === 'catalog') &&
    typeof find === 'function'
  )
}
