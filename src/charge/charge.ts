import { readAttribution } from '../attribution/span-attribution.ts'
import type { Attribution } from '../attribution/attribution.ts'
import type { ModelCall } from '../call/model-call.ts'
import { brokeOff, wasRefused } from '../call/outcome.ts'
import { readCall } from '../call/read-call.ts'
import { expected } from '../expected.ts'
import { readBilledUsd } from '../price/billed.ts'
import { catalog } from '../price/catalog.ts'
import { boundsOf, priceUsage, type Cost } from '../price/cost.ts'
import type { PriceSource } from '../price/price.ts'
import { priceOf } from '../price/price-of.ts'
import { startMilliseconds, type SpanLike } from '../span/span.ts'
import { readProviderMetadata } from '../usage/provider-metadata.ts'
import { readUsage } from '../usage/read-usage.ts'
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
 * Returns `undefined` for a span that is not a provider call. Without an `attribution` it is
 * the one that the span states.
 */
export type Charger = (span: SpanLike, attribution?: Attribution) => Charge | undefined

export interface ChargerOptions {
  /**
   * Where prices come from; the first source that knows a model wins.
   * @defaultValue `[catalog]`
   */
  readonly prices?: readonly PriceSource[] | undefined
}

/**
 * The pure core, for tests and batch jobs; `CostSpanProcessor` and `CostSpanExporter` are skins
 * over it.
 *
 * @throws TypeError if `prices` is not an array of price sources.
 *
 * @example
 * const charge = createCharger()
 * const total = spans.reduce((sum, span) => sum + (charge(span)?.usd ?? 0), 0)
 */
export function createCharger({ prices = [catalog] }: ChargerOptions = {}): Charger {
  validatePrices(prices)
  const priceVersion = prices.map(({ version }) => version).join('+')

  return function charge(span, attribution) {
    const call = readCall(span)
    if (call === undefined) return undefined
    const at = startMilliseconds(span)
    const metadata = readProviderMetadata(span.attributes)
    const { usage, unseen, terms } = readUsage(call, span.attributes, metadata)
    const { traceId, spanId } = span.spanContext()
    const facts = {
      traceId,
      spanId,
      at,
      call,
      usage,
      terms,
      priceVersion,
      attribution: attribution ?? readAttribution(span.attributes),
    }
    const billed = readBilledUsd(call, metadata)
    if (usage === undefined && billed === undefined) {
      return { ...facts, ...nothingUsed(wasRefused(span)) }
    }
    const found = usage === undefined ? 'unknown_usage' : priceOf(prices, call, at, terms)
    const listed =
      typeof found === 'string' || usage === undefined ? undefined : priceUsage(usage, found.price)
    if (billed !== undefined) {
      return {
        ...facts,
        usd: billed,
        listed,
        source: 'billed',
        status: 'priced',
        reason: undefined,
      }
    }
    if (typeof found === 'string') return { ...facts, ...unpriced(found) }
    if (usage === undefined || listed === undefined) {
      return { ...facts, ...unpriced('rate_without_price') }
    }
    const hidden = brokeOff(span) ? unseen | Unseen.brokenOff : unseen
    const bounds = boundsOf(hidden, usage, found.price)
    return {
      ...facts,
      usd: listed.usd,
      listed,
      source: found.source,
      status: statusOf(bounds),
      reason: unseenReasons(bounds.unseen),
    }
  }
}

type Outcome = Pick<Charge, 'usd' | 'listed' | 'source' | 'status' | 'reason'>

const noCost = { usd: undefined, listed: undefined, source: undefined } as const

function nothingUsed(refused: boolean): Outcome {
  return refused
    ? { ...noCost, status: 'call_failed', reason: 'http_error' }
    : { ...noCost, status: 'unknown_usage', reason: 'usage_not_reported' }
}

function unpriced(reason: string): Outcome {
  return { ...noCost, status: 'unpriced', reason }
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
