import { mayBeSameCall, shortId, type CallIdentity } from '../conventions/model-call.ts'
import type { Charge } from '../charge/charge.ts'
import { text, type SpanLike } from '../span/span.ts'
import * as Unseen from '../usage/unseen.ts'
import {
  amountsOf,
  compareUsage,
  DIFFERENT,
  SAME,
  UNSURE,
  type Agreement,
  type ShownUsage,
} from './compare-usage.ts'

/** What a span that has ended shows of its call, as far as it distinguishes one call from another. */
export interface Evidence extends CallIdentity, ShownUsage {
  /** The provider's id of the response; `undefined` also where a library generated the id. */
  readonly responseId: string | undefined
  /** In US dollars. */
  readonly usd: number | undefined
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** Start and end, in milliseconds since the epoch. */
  readonly from: number
  /** The end, in milliseconds since the epoch. */
  readonly until: number
}

/** Prefixes of ids that the AI SDK and LangChain generate where the provider sent none. */
const generatedId = /^(?:aitxt-|aiobj-|run-|lc_run)/

/** Collects the evidence of a call from its charge and its span; without the span, the response id is missing. */
export function evidenceOf(span: SpanLike | undefined, charge: Charge): Evidence {
  const { call, usage, unseen, usd, traceId, at, durationSeconds } = charge
  return {
    operation: call.operation,
    model: shortId(call.requestModel),
    responseId: span && responseIdOf(span),
    amounts: usage && amountsOf(usage),
    unseen,
    usd,
    traceId,
    from: at,
    until: at + (durationSeconds ?? 0) * 1000,
  }
}

function responseIdOf({ attributes }: SpanLike): string | undefined {
  const id = text(attributes['gen_ai.response.id']) ?? text(attributes['ai.response.id'])
  return id === undefined || generatedId.test(id) ? undefined : shortId(id)
}

/**
 * Whether two spans show the same call. Equal ids prove nothing, since compatible servers reuse
 * them; different ids are a contradiction, and so is different usage.
 */
export function compareCalls(one: Evidence, other: Evidence): Agreement {
  if (!mayBeSameCall(one, other)) return DIFFERENT
  const haveIds = one.responseId !== undefined && other.responseId !== undefined
  if (haveIds && one.responseId !== other.responseId) return DIFFERENT
  const agreement = compareUsage(one, other)
  return agreement === UNSURE && haveIds ? SAME : agreement
}

/**
 * As `compareCalls`, of an enclosing call and one nested in it. If only the nested one broke off,
 * it is an attempt of its own, unless the enclosing one shows no more than it does.
 */
export function compareNested(enclosing: Evidence, nested: Evidence): Agreement {
  const agreement = compareCalls(enclosing, nested)
  const isContradicted =
    agreement === UNSURE &&
    enclosing.amounts !== undefined &&
    (nested.unseen & Unseen.brokenOff) > (enclosing.unseen & Unseen.brokenOff)
  return isContradicted ? DIFFERENT : agreement
}
