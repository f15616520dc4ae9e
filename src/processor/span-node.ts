import type { StatedAttribution } from '../attribution/attribution.ts'
import type { IncomingBaggage } from '../attribution/baggage.ts'
import type { CallIdentity, SpanRole } from '../conventions/model-call.ts'
import type { Charge } from '../charge/charge.ts'
import type { NestedCall, SettledCall } from '../duplicates/nested-calls.ts'
import type { Generation, OpenChat } from '../duplicates/sentry.ts'
import type { SpanLike } from '../span/span.ts'
import type { BaggageCopies } from './baggage-copies.ts'

/** The open spans right below a span: an AI span, or a span of another instrumentation above AI spans. */
export interface OpenChildren {
  /** The newest of a list of those that have not ended. */
  latestOpen: SpanNode | undefined
  /** The oldest of the list whose span is held, and how many are. */
  oldestHeld: SpanNode | undefined
  held: number
  /** Whether the span has ended, or will not: a call that starts below is counted at once. */
  wasCounted: boolean
  /** Calls below that had not ended when this did, each counted on the first span above that ended. */
  unfinishedCalls: number
}

/** What is known of an AI span, or of a span below one, for as long as somebody holds the span. */
export interface SpanNode extends OpenChildren {
  readonly parent: SpanNode | undefined
  /** The span of somebody else right above, where no AI span is above. */
  readonly top: OpenChildren | undefined
  /** `undefined` for a span below an AI span that is none itself. */
  role: SpanRole | undefined
  /** Whether the span has yet to say what it is; until then it is a group. */
  isLate: boolean
  /** What this span is beside Sentry's spans of the same generation. */
  generation: Generation | undefined
  openChat: OpenChat | undefined
  readonly scope: string
  /** What is asked of whom, if this is a call. */
  call: CallIdentity | undefined
  /** What the boundary around it stated when it started. */
  readonly boundary: StatedAttribution | undefined
  /** Who pays, its own word left aside. As `attribution` fit to be told. */
  readonly inherited: StatedAttribution
  /** What came in from outside, which nobody believes. */
  readonly baggage: IncomingBaggage | undefined
  /** Its entries under names that a call is read from, if there are any. */
  copied: BaggageCopies | undefined
  attribution: StatedAttribution
  /** Whether attributes of the spans here carry what may not be told, or anything may. */
  guarded: boolean
  /** The charges below that carry a cost: their number and their sum in US dollars. */
  pricedCalls: number
  rollupUsd: number
  /** The calls below that carry none. */
  missingCalls: number
  /** The calls above that may be the same call; see `findEnclosingCalls`. */
  enclosingCalls: readonly SpanNode[]
  /** The calls that this one encloses and that have ended. */
  nestedCalls: NestedCall[] | undefined
  /** What this call showed when it ended, where duplicates were looked for. */
  settled: SettledCall | undefined
  ended: boolean
  /** While it has not ended: the span itself if it is held, else a snapshot of it, which only calls have. */
  span: SpanLike | undefined
  isHeld: boolean
  /** Its neighbours in the list of open spans below the same AI span, or below none. */
  older: SpanNode | undefined
  newer: SpanNode | undefined
  /** Its neighbours in the list of open spans below the same `top`. */
  olderOfTop: SpanNode | undefined
  newerOfTop: SpanNode | undefined
  /** For a call that had not ended when a span above it did: which one, and when, in milliseconds since the epoch. */
  countedOn: OpenChildren | undefined
  countedAt: number
  /** What was charged here, if anything. */
  charge: Charge | undefined
  /** Whether this is a call whose cost another span carries. */
  carriedByAnotherSpan: boolean
}

export function createOpenChildren(): OpenChildren {
  return {
    latestOpen: undefined,
    oldestHeld: undefined,
    held: 0,
    wasCounted: false,
    unfinishedCalls: 0,
  }
}

export const none: readonly SpanNode[] = []

/** A span above AI spans that is none, and names a payer who may not be told. */
export function foreignNode(
  scope: string,
  baggage: IncomingBaggage | undefined,
  told: StatedAttribution,
): SpanNode {
  return {
    parent: undefined,
    top: undefined,
    role: undefined,
    isLate: false,
    generation: undefined,
    openChat: undefined,
    scope,
    call: undefined,
    boundary: undefined,
    inherited: told,
    baggage,
    copied: undefined,
    attribution: told,
    guarded: true,
    pricedCalls: 0,
    rollupUsd: 0,
    missingCalls: 0,
    enclosingCalls: none,
    nestedCalls: undefined,
    settled: undefined,
    ended: false,
    ...createOpenChildren(),
    span: undefined,
    isHeld: false,
    older: undefined,
    newer: undefined,
    olderOfTop: undefined,
    newerOfTop: undefined,
    countedOn: undefined,
    countedAt: 0,
    charge: undefined,
    carriedByAnotherSpan: false,
  }
}

/** Whether a node is that of such a span: below an AI span there is always a parent. */
export function isForeignTop({ role, parent }: SpanNode): boolean {
  return role === undefined && parent === undefined
}
