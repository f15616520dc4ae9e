import type { ModelCall } from '../conventions/model-call.ts'
import type { Billed } from '../price/reported-cost.ts'
import { boundsOf, priceUsage, type Cost } from '../price/cost.ts'
import type { PriceSource } from '../price/price.ts'
import { findPrice } from '../price/find-price.ts'
import * as Unseen from '../usage/unseen.ts'
import type { Terms, TextTokens, TokenBounds, Usage } from '../usage/usage.ts'
import { statusOf, unseenReasons, type CostStatus } from './status.ts'

/** What a span shows of a call, as far as its cost depends on it. Prices change none of it. */
export interface ChargeFacts {
  /** When the call started, in milliseconds since the epoch. */
  readonly at: number
  /** How long the call took, in seconds; `undefined` if its span has no end time. */
  readonly durationSeconds: number | undefined
  /** The operation, the provider and the model. */
  readonly call: ModelCall
  /** The tokens and other quantities that the call used; `undefined` if the span shows none. */
  readonly usage: Usage | undefined
  /**
   * What the span hides of the usage, one bit for each code in docs/reference/statuses.md, whether or not it
   * matters at this price; 0 if it hides nothing. Kept so that `repriceCharge` computes the status again.
   */
  readonly unseen: number
  /** The fewest and the most tokens that a stopped answer can have used. */
  readonly bounds?: TokenBounds | undefined
  /** The service tier and the region, which change the price. */
  readonly terms: Terms
  /** The cost that a gateway or the provider reports, if it does. */
  readonly billed: Billed | undefined
}

/** What a call costs at given prices. */
export interface Outcome {
  /** What is charged, in US dollars; `undefined` is unknown, never 0. */
  readonly usd: number | undefined
  /** What the usage costs at the price that was found, in US dollars. */
  readonly listed: Cost | undefined
  /** The origin of `usd`: a reported cost, your own price, or the catalog; `undefined` if there is no cost. */
  readonly source: 'billed' | 'override' | 'catalog' | undefined
  /** How far `usd` can be relied on. */
  readonly status: CostStatus
  /** The least that a stopped answer can cost, in US dollars. */
  readonly lowUsd?: number | undefined
  /** The most that a stopped answer can cost, in US dollars; `undefined` if there is no limit. */
  readonly highUsd?: number | undefined
  /** Why the status is not `priced`: codes, separated by commas. */
  readonly reason: string | undefined
}

/** The reason on a call that the AI SDK records a second time. */
export const RECORDED_TWICE = 'recorded_twice'

/** The reason on a call whose span never ended. */
export const NEVER_ENDED = 'never_ended'

/** An outcome that is being filled in: a charge of its own, or a new object. */
export type OutcomeDraft = { -readonly [Name in keyof Outcome]: Outcome[Name] }

/**
 * Computes the outcome of a call from its facts alone, so that a stored charge can be priced again. Writes it
 * into `draft`, which is the charge itself where one is made, and so costs no object.
 */
export function computeOutcome<Draft extends OutcomeDraft>(
  draft: Draft,
  facts: ChargeFacts,
  prices: readonly PriceSource[],
  failure: string | undefined,
): Draft {
  const { usage, billed, unseen } = facts
  if (usage === undefined) {
    if (billReported(draft, billed, undefined, undefined)) return draft
    if (failure !== undefined) return withoutCost(draft, 'call_failed', failure)
    return withoutCost(draft, 'unknown_usage', withDoubts('usage_not_reported', unseen))
  }
  const found = findPrice(prices, facts.call, facts.at, facts.terms)
  if (typeof found === 'string') {
    if (billReported(draft, billed, undefined, undefined)) return draft
    return withoutCost(draft, 'unpriced', withDoubts(found, unseen))
  }
  const { price, source } = found
  const listed = priceUsage(usage, price, facts.durationSeconds)
  if (billReported(draft, billed, listed, source)) return draft
  if (listed === undefined) return withoutCost(draft, 'unpriced', 'rate_without_price')
  const bounds = boundsOf(unseen, usage, price)
  if (facts.bounds !== undefined) {
    const costAt = (tokens: TextTokens | undefined): number | undefined =>
      tokens &&
      priceUsage({ ...usage, input: tokens[0], cacheRead: tokens[1], output: tokens[2] }, price)
        ?.usd
    draft.lowUsd = costAt(facts.bounds.atLeast)
    draft.highUsd = costAt(facts.bounds.atMost)
  }
  return fill(
    draft,
    billed === undefined ? listed.usd : listed.usd + billed.usd,
    listed,
    source,
    statusOf(bounds),
    unseenReasons(bounds.unseen),
  )
}

/** What a span lacks may be an attribute that was dropped, cut or overwritten: then the reason names that too. */
function withDoubts(reason: string, unseen: number): string {
  const doubts = unseenReasons(unseen & Unseen.DOUBTS)
  return doubts === undefined ? reason : `${reason},${doubts}`
}

/** Charges the cost that a provider or gateway reports. Returns false if there is none, or it has to be computed. */
function billReported(
  draft: OutcomeDraft,
  billed: Billed | undefined,
  listed: Cost | undefined,
  source: PriceSource['source'] | undefined,
): boolean {
  if (billed === undefined) return false
  const { usd, ownKey, upstreamUsd } = billed
  if (ownKey) {
    // The gateway knows the list price; the price of a contract of your own is closer to the invoice.
    if (upstreamUsd === undefined || (source === 'override' && listed !== undefined)) return false
    fill(draft, upstreamUsd + usd, listed, 'catalog', 'priced', undefined)
  } else fill(draft, usd, listed, 'billed', 'priced', undefined)
  return true
}

/**
 * Returns the parts of the charged cost, which sum to it. `undefined` if a gateway reported the sum, or if there is
 * no cost. The fee for a key of your own is one of the fees.
 */
export function costParts({
  usd,
  listed,
  source,
  billed,
}: Outcome & ChargeFacts): Cost | undefined {
  if (billed === undefined || listed === undefined || usd === undefined) return listed
  const isComputed = billed.ownKey && (billed.upstreamUsd === undefined || source === 'override')
  return isComputed ? { ...listed, usd, feesUsd: listed.feesUsd + billed.usd } : undefined
}

/** The outcome of a call whose span will never end. */
export function withoutEnd<Settled extends Outcome>(outcome: Settled): Settled {
  return outcome.status === 'unknown_usage' ? { ...outcome, reason: NEVER_ENDED } : outcome
}

export function unpriced<Draft extends OutcomeDraft>(draft: Draft, reason: string): Draft {
  return withoutCost(draft, 'unpriced', reason)
}

function withoutCost<Draft extends OutcomeDraft>(
  draft: Draft,
  status: CostStatus,
  reason: string,
): Draft {
  return fill(draft, undefined, undefined, undefined, status, reason)
}

function fill<Draft extends OutcomeDraft>(
  draft: Draft,
  usd: number | undefined,
  listed: Cost | undefined,
  source: Outcome['source'],
  status: CostStatus,
  reason: string | undefined,
): Draft {
  draft.usd = usd
  draft.listed = listed
  draft.source = source
  draft.status = status
  draft.reason = reason
  return draft
}
