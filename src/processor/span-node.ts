import { unattributed, type StatedAttribution } from '../attribution/attribution.ts'
import type { IncomingBaggage } from '../attribution/baggage.ts'
import type { CallIdentity, SpanRole } from '../conventions/model-call.ts'
import type { Charge } from '../charge/charge.ts'
import type { InheritedOrigin } from '../charge/origin.ts'
import type { NestedCall, SettledCall } from '../duplicates/nested-calls.ts'
import type { Generation, OpenChat } from '../duplicates/sentry.ts'
import type { ReadSoFar } from '../span/enriched.ts'
import type { SpanLike } from '../span/span.ts'
import type { BaggageCopies } from './baggage-copies.ts'

/*
 * What a processor keeps of an AI span, or of a span below one, for as long as the span exists. It is one object, which
 * V8 allocates and reads fastest, and its type is made of slices: each has one owner, which alone writes it.
 */

/** The place of a span in its trace. Owner: `SpanTree`. */
export interface TreeNode {
  readonly isTop: false
  readonly parent: SpanNode | undefined
  /** The open AI spans below the span right above, if that one is no AI span and not below one. */
  readonly top: OpenChildren | undefined
  /** `undefined` for a span below an AI span that is none itself. */
  role: SpanRole | undefined
  /** Whether the instrumentation has yet to write what the span is. Until then it is a group. */
  isLate: boolean
  readonly scope: string
  /** Names that the calls below this span, and this one, inherit. */
  origin: InheritedOrigin | undefined
  /** The operation and the model that are requested, if this is a call. */
  call: CallIdentity | undefined
  ended: boolean
}

/** The user of a span. Owner: `SpanAttribution`. */
export interface AttributionState {
  /** What `withAttribution` stated around the span when it started. */
  boundary: StatedAttribution | undefined
  /** The attribution without the span's own attributes, redacted. */
  inherited: StatedAttribution
  /** The attribution, redacted. */
  attribution: StatedAttribution
  /** Untrusted baggage of the parent context. */
  readonly baggage: IncomingBaggage | undefined
  /** Its entries under names that a call is read from, if there are any. */
  copied: BaggageCopies | undefined
  /** Whether attributes of this span, or of one above, were redacted, so that this one is redacted again when it ends. */
  guarded: boolean
}

/** The charges of a span and of those below it. Owner: the functions of `rollup.ts`, and `Settlement`. */
export interface RollupState {
  /** The charges below that carry a cost: their number and their sum in US dollars. */
  pricedCalls: number
  rollupUsd: number
  /** The calls below that carry none. */
  missingCalls: number
  /** While the answer of a call that has ended is awaited: the interim charge that its span shows, and nothing else. */
  charge: Charge | undefined
  /** Whether this is a call whose cost another span carries. */
  carriedByAnotherSpan: boolean
}

/** Other spans of the same call. Owner: the folder `duplicates`. */
export interface DuplicateState {
  /** What this span is beside Sentry's spans of the same generation. */
  generation: Generation | undefined
  openChat: OpenChat | undefined
  /** The calls above that may be the same call; see `findEnclosingCalls`. */
  enclosingCalls: readonly SpanNode[]
  /** The calls that this one encloses and that have ended. */
  nestedCalls: NestedCall[] | undefined
  /** What this call showed when it ended, where duplicates were looked for. */
  settled: SettledCall | undefined
}

/** The open spans right below a span: an AI span, or a span of another instrumentation above AI spans. Owner: `OpenSpans`. */
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

/** An open span among the others. Owner: `OpenSpans`. */
export interface OpenState extends OpenChildren {
  /** While it has not ended: the span itself if it is held, else a snapshot of it, which only calls have. */
  span: SpanLike | undefined
  isHeld: boolean
  /** Where `costspan/clients` reads the answer of this call: what it comes to so far, or `over` once it has ended. */
  answer: ReadSoFar | 'over' | undefined
  /** Its neighbours in the list of open spans below the same AI span, or below none. */
  older: SpanNode | undefined
  newer: SpanNode | undefined
  /** Its neighbours in the list of open spans below the same `top`. */
  olderOfTop: SpanNode | undefined
  newerOfTop: SpanNode | undefined
  /** For a call that had not ended when a span above it did: which one, and when, in milliseconds since the epoch. */
  countedOn: OpenChildren | undefined
  countedAt: number
}

/** What a processor keeps of a span of another instrumentation, right above AI spans. Owner: `SpanTree`. */
export interface TopSpan extends OpenChildren {
  readonly isTop: true
  /** Its node, if what it states of its user was redacted. */
  node: SpanNode | undefined
}

export interface SpanNode
  extends TreeNode, AttributionState, RollupState, DuplicateState, OpenState {}

export const none: readonly SpanNode[] = []

export function createOpenChildren(): OpenChildren {
  return {
    latestOpen: undefined,
    oldestHeld: undefined,
    held: 0,
    wasCounted: false,
    unfinishedCalls: 0,
  }
}

/** Field by field: V8 takes ten times as long for a spread. */
export function createTopSpan(): TopSpan {
  return {
    isTop: true,
    node: undefined,
    latestOpen: undefined,
    oldestHeld: undefined,
    held: 0,
    wasCounted: false,
    unfinishedCalls: 0,
  }
}

/** The one place that makes nodes: all of one shape. */
export function createSpanNode(
  parent: SpanNode | undefined,
  top: OpenChildren | undefined,
  role: SpanRole | undefined,
  scope: string,
  baggage: IncomingBaggage | undefined,
): SpanNode {
  return {
    isTop: false,
    parent,
    top,
    role,
    isLate: false,
    scope,
    origin: undefined,
    call: undefined,
    ended: false,
    boundary: undefined,
    inherited: unattributed,
    attribution: unattributed,
    baggage,
    copied: undefined,
    guarded: false,
    pricedCalls: 0,
    rollupUsd: 0,
    missingCalls: 0,
    charge: undefined,
    carriedByAnotherSpan: false,
    generation: undefined,
    openChat: undefined,
    enclosingCalls: none,
    nestedCalls: undefined,
    settled: undefined,
    latestOpen: undefined,
    oldestHeld: undefined,
    held: 0,
    wasCounted: false,
    unfinishedCalls: 0,
    span: undefined,
    isHeld: false,
    answer: undefined,
    older: undefined,
    newer: undefined,
    olderOfTop: undefined,
    newerOfTop: undefined,
    countedOn: undefined,
    countedAt: 0,
  }
}

/** Whether the node is that of a redacted span above AI spans that is none itself. A span below an AI span has a parent. */
export function isForeignTop({ role, parent }: TreeNode): boolean {
  return role === undefined && parent === undefined
}
