import { mayBeSameCall, shortId, type CallIdentity } from '../conventions/model-call.ts'
import type { Charge } from '../charge/charge.ts'
import { parentSpanId, text, type SpanLike } from '../span/span.ts'
import * as Unseen from '../usage/unseen.ts'
import { compareUsage, type Agreement } from './compare-usage.ts'

/** What a span that has ended shows of its call, as far as it tells one call from another. */
export interface Evidence extends CallIdentity {
  /** The provider's id of the response; `undefined` also where a library made the id up. */
  readonly responseId: string | undefined
  readonly usage: Charge['usage']
  readonly unseen: number
  readonly usd: number | undefined
  readonly traceId: string
  readonly parentId: string | undefined
  /** Start and end, in milliseconds since the epoch. */
  readonly from: number
  readonly until: number
}

/** Prefixes of ids that the AI SDK and LangChain generate where the provider sent none. */
const generatedId = /^(?:aitxt-|aiobj-|run-|lc_run)/

/** Collects the evidence of a call from its span and its charge. */
export function evidenceOf(span: SpanLike, charge: Charge): Evidence {
  return {
    ...evidenceOfCharge(charge),
    responseId: responseIdOf(span),
    parentId: parentSpanId(span),
  }
}

/** As `evidenceOf`, where the span is no longer at hand. */
export function evidenceOfCharge(charge: Charge): Evidence {
  const { call, usage, unseen, usd, traceId, at, durationSeconds } = charge
  return {
    operation: call.operation,
    model: shortId(call.requestModel),
    responseId: undefined,
    usage,
    unseen,
    usd,
    traceId,
    parentId: undefined,
    from: at,
    until: at + (durationSeconds ?? 0) * 1000,
  }
}

function responseIdOf({ attributes }: SpanLike): string | undefined {
  const id = text(attributes['gen_ai.response.id']) ?? text(attributes['ai.response.id'])
  return id === undefined || generatedId.test(id) ? undefined : shortId(id)
}

/**
 * Whether two spans show the same call. Equal ids are no proof, since compatible servers reuse
 * them; different ids are a contradiction, and so is different usage.
 */
export function compareCalls(one: Evidence, other: Evidence): Agreement {
  if (!mayBeSameCall(one, other)) return 'different'
  const haveIds = one.responseId !== undefined && other.responseId !== undefined
  if (haveIds && one.responseId !== other.responseId) return 'different'
  const agreement = compareUsage(one, other)
  return agreement === 'unsure' && haveIds ? 'same' : agreement
}

/**
 * As `compareCalls`, of a call and one inside it. If only the inner one broke off, it is an attempt
 * of its own, unless the outer one shows no more than it does.
 */
export function compareNested(outer: Evidence, inner: Evidence): Agreement {
  const agreement = compareCalls(outer, inner)
  const isContradicted =
    agreement === 'unsure' &&
    outer.usage !== undefined &&
    (inner.unseen & Unseen.brokenOff) > (outer.unseen & Unseen.brokenOff)
  return isContradicted ? 'different' : agreement
}
