import { isCall, type CallIdentity, type SpanRole } from '../conventions/model-call.ts'
import { callIdentity, spanRole } from '../conventions/read-call.ts'
import type { Charge } from '../charge/charge.ts'
import type { Decision } from '../duplicates/side-by-side.ts'
import { findEnclosingCalls, MAXIMUM_DISTANCE } from '../duplicates/enclosing-calls.ts'
import {
  MAXIMUM_NESTED,
  MAXIMUM_SIBLINGS,
  noteNested,
  type CallSpan,
  type NestedCall,
} from '../duplicates/nested-calls.ts'
import { parentSpanId, scopeName, type SpanLike } from '../span/span.ts'
import { RecentMap } from './recent-map.ts'

/** AI spans, and other spans, that are remembered at least. */
const AI_SPANS = 32_768
const OTHER_SPANS = 8192
/** Spans above calls that are remembered at least. */
const ABOVE_CALLS = 16_384
/** Calls that wait for the spans above them, in all. */
const MAXIMUM_WAITING = 65_536

/** What is known of an exported span. */
export interface ExportedSpan extends CallSpan {
  /** 16 hexadecimal digits. */
  readonly spanId: string
  /** `undefined` for a root. */
  readonly parentSpanId: string | undefined
  /** `undefined` for a span that is no AI span. */
  readonly role: SpanRole | undefined
  /** The request, if this is a call span. */
  readonly call: CallIdentity | undefined
  /** The nearest first. */
  enclosingCalls: readonly ExportedSpan[]
  /** Whether nested calls may have been evicted. */
  mayHaveLostNested: boolean
  /** Where the way up from this call ends, once it is decided. */
  gap: Gap | undefined
}

/** The first span above a call that has not come. */
interface Gap {
  readonly spanId: string
  readonly call: CallIdentity
  /** The instrumentations that began an operation below it. */
  readonly begun: string[]
}

/** A call that was decided, and waits for a span above it. */
interface WaitingCall {
  readonly nested: NestedCall
  readonly gap: Gap
}

export function exportedSpan(span: SpanLike): ExportedSpan {
  const role = spanRole(span.attributes)
  return {
    spanId: span.spanContext().spanId,
    parentSpanId: parentSpanId(span),
    scope: scopeName(span),
    role,
    call: callIdentity(role, span.attributes),
    enclosingCalls: [],
    nestedCalls: undefined,
    settled: undefined,
    mayHaveLostNested: false,
    gap: undefined,
    // An exporter compares each call when it is decided, and needs no charge to do so later.
    charge: undefined,
  }
}

/**
 * The enclosing and nested calls of exported spans, which come in any order: a call waits for the
 * first span above it that has not come, and is noted on the calls above when it does.
 */
export class ExportedSpans {
  readonly #aiSpans = new RecentMap<ExportedSpan>(AI_SPANS)
  readonly #otherSpans = new RecentMap<ExportedSpan>(OTHER_SPANS)
  /** Ids of spans that calls are below, also of those that have not come yet. */
  readonly #aboveCalls = new RecentMap<true>(ABOVE_CALLS)
  readonly #waiting = new Map<string, WaitingCall[]>()
  #waitingCalls = 0
  /** When the last call started and ended that was evicted while it waited. */
  #evictedFrom = Number.NEGATIVE_INFINITY
  #evictedUntil = Number.NEGATIVE_INFINITY

  /** Adds a span of a batch, before any call of the batch is decided. */
  add(span: ExportedSpan): void {
    const { spanId, role } = span
    if (role === undefined) this.#otherSpans.set(spanId, span)
    else this.#aiSpans.set(spanId, span)
    if (isCall(role) || this.#aboveCalls.get(spanId) === true) {
      this.#noteCallBelow(span.parentSpanId)
    }
    for (const { nested, gap } of this.#take(spanId)) {
      const { enclosingCalls, gap: nextGap } = this.#climb(gap.call, spanId, gap.begun)
      noteNested(enclosingCalls, nested)
      this.#wait(nested, nextGap)
    }
  }

  /** Whether the usage on a span that is no AI span is that of calls below it or around it. */
  isCountedBeside({ spanId, parentSpanId: parentId }: ExportedSpan): boolean {
    if (this.#aboveCalls.get(spanId) === true) return true
    let above = this.#get(parentId)
    for (let distance = 0; above !== undefined && distance < MAXIMUM_DISTANCE; distance++) {
      if (isCall(above.role)) return true
      above = this.#get(above.parentSpanId)
    }
    return false
  }

  /** Finds what encloses a call that is to be decided, as far as the spans above have come. */
  prepare(span: ExportedSpan, { at, durationSeconds = 0 }: Charge): void {
    const until = at + durationSeconds * 1000
    span.mayHaveLostNested = at <= this.#evictedFrom && until >= this.#evictedUntil
    if (span.call === undefined) return
    const { enclosingCalls, gap } = this.#climb(span.call, span.parentSpanId, [])
    span.enclosingCalls = enclosingCalls
    span.gap = gap
  }

  /** Notes what was decided about a call, for the first span above it that has not come. */
  settle(span: ExportedSpan, decision: Decision): void {
    const { gap, settled } = span
    // A later call of known cost is charged, rather than left out for a recording that shows no cost.
    if (settled !== undefined && settled.evidence.usd === undefined) settled.mayMatch = false
    if (settled !== undefined && decision !== 'recorded twice') {
      const { evidence } = settled
      const isCharged = decision === 'charged'
      this.#wait({ evidence, scope: span.scope, isCharged }, gap)
    }
    // Remembered spans would hold each other for ever, if each enclosed the next. Of the nested calls some are kept for their siblings.
    span.enclosingCalls = []
    span.nestedCalls = span.nestedCalls?.slice(-MAXIMUM_SIBLINGS)
  }

  #climb(
    call: CallIdentity,
    from: string | undefined,
    begun: string[],
  ): Pick<ExportedSpan, 'enclosingCalls' | 'gap'> {
    let gap: Gap | undefined
    const find = (spanId: string | undefined): ExportedSpan | undefined => {
      const span = this.#get(spanId)
      if (span === undefined && spanId !== undefined) gap = { spanId, call, begun }
      return span
    }
    const above = ({ parentSpanId: parentId }: ExportedSpan): ExportedSpan | undefined =>
      find(parentId)
    const enclosingCalls = findEnclosingCalls(call, find(from), above, begun)
    return { enclosingCalls, gap }
  }

  #noteCallBelow(parentId: string | undefined): void {
    let spanId = parentId
    for (let distance = 0; spanId !== undefined && distance < MAXIMUM_DISTANCE; distance++) {
      // What is above it was noted too, or is noted when it comes.
      if (this.#aboveCalls.get(spanId) === true) return
      this.#aboveCalls.set(spanId, true)
      spanId = this.#get(spanId)?.parentSpanId
    }
  }

  #wait(nested: NestedCall, gap: Gap | undefined): void {
    if (gap === undefined) return
    const waiting = this.#waiting.get(gap.spanId)
    if (waiting === undefined) this.#waiting.set(gap.spanId, [{ nested, gap }])
    else if (waiting.length < MAXIMUM_NESTED) waiting.push({ nested, gap })
    else return
    this.#waitingCalls++
    this.#evictOldest()
  }

  #take(spanId: string): readonly WaitingCall[] {
    const calls = this.#waiting.get(spanId)
    if (calls === undefined) return []
    this.#waiting.delete(spanId)
    this.#waitingCalls -= calls.length
    return calls
  }

  /** A quarter at once: to find the oldest takes longer the more were taken out before it. */
  #evictOldest(): void {
    if (this.#waitingCalls <= MAXIMUM_WAITING) return
    for (const [spanId, [call]] of this.#waiting) {
      this.#take(spanId)
      if (call !== undefined) {
        this.#evictedFrom = call.nested.evidence.from
        this.#evictedUntil = call.nested.evidence.until
      }
      if (this.#waitingCalls <= MAXIMUM_WAITING * 0.75) return
    }
  }

  #get(spanId: string | undefined): ExportedSpan | undefined {
    return spanId === undefined
      ? undefined
      : (this.#aiSpans.get(spanId) ?? this.#otherSpans.get(spanId))
  }
}
