import type { ModelCall } from '../conventions/model-call.ts'
import type { Billed } from '../price/reported-cost.ts'
import { boundsOf, priceUsage, type Cost } from '../price/cost.ts'
import type { PriceSource } from '../price/price.ts'
import { priceOf } from '../price/find-price.ts'
import * as Unseen from '../usage/unseen.ts'
import type { Terms, Usage } from '../usage/usage.ts'
import { statusOf, unseenReasons, type CostStatus } from './status.ts'

/** What a span says of a call, as far as its cost depends on it: no price changes it. */
export interface ChargeFacts {
  /** When the call started, in milliseconds since the epoch. */
  readonly at: number
  /** How long the call took; `undefined` if its span does not say when it ended. */
  readonly durationSeconds: number | undefined
  readonly call: ModelCall
  /** `undefined` if the span shows none. */
  readonly usage: Usage | undefined
  /**
   * What the span hides of the usage, one bit for each code in docs/reference/statuses.md, whether or not it
   * matters at some price; 0 is nothing. Kept so that `repriceCharge` finds the status again.
   */
  readonly unseen: number
  readonly terms: Terms
  /** What a gateway or the provider says it billed, if it does. */
  readonly billed: Billed | undefined
}

/** What a call cost by some prices. */
export interface Outcome {
  /** What is charged, in US dollars; `undefined` is unknown, never 0. */
  readonly usd: number | undefined
  /** What the usage costs by the price that was found, in US dollars. */
  readonly listed: Cost | undefined
  readonly source: 'billed' | 'override' | 'catalog' | undefined
  readonly status: CostStatus
  /** Why the status is not `priced`: codes, separated by commas. */
  readonly reason: string | undefined
}

/** The reason on a call that the AI SDK records a second time. */
export const RECORDED_TWICE = 'recorded_twice'

/** The reason on a call whose span never ended. */
export const NEVER_ENDED = 'never_ended'

/** The money of a call, from its facts alone, so that a stored charge can be priced again. */
export function settle(
  facts: ChargeFacts,
  prices: readonly PriceSource[],
  wasRefused: boolean,
): Outcome {
  const { usage, billed } = facts
  if (usage === undefined) {
    return withoutPrice(billed, doubted(withoutUsage(wasRefused), facts.unseen))
  }
  const found = priceOf(prices, facts.call, facts.at, facts.terms)
  if (typeof found === 'string') {
    return withoutPrice(billed, doubted(unpriced(found), facts.unseen))
  }
  const { price, source } = found
  const listed = priceUsage(usage, price, facts.durationSeconds)
  if (billed !== undefined) {
    const outcome = stated(billed, listed, source)
    if (outcome !== undefined) return outcome
  }
  if (listed === undefined) return unpriced('rate_without_price')
  const bounds = boundsOf(facts.unseen, usage, price)
  return {
    usd: billed === undefined ? listed.usd : listed.usd + billed.usd,
    listed,
    source,
    status: statusOf(bounds),
    reason: unseenReasons(bounds.unseen),
  }
}

/** What a span lacks may be what was dropped, cut or overwritten. */
function doubted(outcome: Outcome, unseen: number): Outcome {
  const doubts = unseenReasons(unseen & Unseen.DOUBTS)
  return doubts === undefined || outcome.status === 'call_failed'
    ? outcome
    : { ...outcome, reason: `${outcome.reason},${doubts}` }
}

function withoutPrice(billed: Billed | undefined, otherwise: Outcome): Outcome {
  return stated(billed, undefined, undefined) ?? otherwise
}

/** What is charged by somebody's word; `undefined` if nobody gave it and it has to be computed. */
function stated(
  billed: Billed | undefined,
  listed: Cost | undefined,
  source: PriceSource['source'] | undefined,
): Outcome | undefined {
  if (billed === undefined) return undefined
  const { usd, ownKey, upstreamUsd } = billed
  if (!ownKey) return { usd, listed, source: 'billed', status: 'priced', reason: undefined }
  // What the gateway knows is the list price; a contract of your own is closer to the invoice.
  if (upstreamUsd === undefined || (source === 'override' && listed !== undefined)) return undefined
  return {
    usd: upstreamUsd + usd,
    listed,
    source: 'catalog',
    status: 'priced',
    reason: undefined,
  }
}

/**
 * The parts of what is charged, which sum to it. `undefined` where a gateway stated the sum, or
 * there is none. The fee for a key of your own is one of the fees.
 */
export function partsOf({ usd, listed, source, billed }: Outcome & ChargeFacts): Cost | undefined {
  if (billed === undefined || listed === undefined || usd === undefined) return listed
  const isComputed = billed.ownKey && (billed.upstreamUsd === undefined || source === 'override')
  return isComputed ? { ...listed, usd, feesUsd: listed.feesUsd + billed.usd } : undefined
}

function withoutUsage(wasRefused: boolean): Outcome {
  return wasRefused
    ? withoutCost('call_failed', 'http_error')
    : withoutCost('unknown_usage', 'usage_not_reported')
}

/** The outcome of a call whose span will never end. */
export function withoutEnd<Settled extends Outcome>(outcome: Settled): Settled {
  return outcome.status === 'unknown_usage' ? { ...outcome, reason: NEVER_ENDED } : outcome
}

export function unpriced(reason: string): Outcome {
  return withoutCost('unpriced', reason)
}

function withoutCost(status: CostStatus, reason: string): Outcome {
  return { usd: undefined, listed: undefined, source: undefined, status, reason }
}
