import { isAiSdkScope } from '../conventions/ai-sdk.ts'
import {
  isCall,
  mayBeSameCall,
  type CallIdentity,
  type SpanRole,
} from '../conventions/model-call.ts'
import type { Agreement } from '../duplicates/compare-usage.ts'
import { compareNested, type Evidence } from '../duplicates/evidence.ts'
import { matchInside, MAXIMUM_INNER, type InnerCall } from '../duplicates/nested-calls.ts'
import { RecentMap } from './recent-map.ts'

/** AI spans, and other spans, whose parents are remembered at least. */
const AI_SPANS = 32_768
const OTHER_SPANS = 8192
/** Spans above calls that are remembered at least. */
const ABOVE_CALLS = 16_384
/** Calls that wait for the spans above them, in all. */
const MAXIMUM_WAITING = 65_536
/** A call and what is inside it are a few spans apart. */
const FARTHEST_ABOVE = 32

const nothingBegun: ReadonlySet<string> = new Set()

/** A span as far as it matters here. */
export interface EndedSpan {
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly scope: string
  readonly role: SpanRole | undefined
  readonly call: CallIdentity | undefined
}

/** A span that was announced. */
interface SeenSpan extends EndedSpan {
  isProcessed: boolean
  /** What it showed, if it is a call whose cost is known. */
  evidence: Evidence | undefined
  /** Whether a call inside it was found to be the same: each stands for one. */
  isMatched: boolean
}

/** A call that waits for a span above it. */
interface WaitingCall extends InnerCall {
  /** The instrumentations that began an operation in between. */
  readonly begun: ReadonlySet<string>
}

/** What the spans around a call, as far as they are known, and the calls inside it say of it. */
export interface Nesting {
  readonly agreement: Agreement | 'forgotten'
  /** Whether a call is around it that may be the same. */
  readonly isInside: boolean
  readonly isInsideAiSdk: boolean
  /** Whether a call is around it or inside it that may be the same. */
  readonly isAroundOrInside: boolean
}

/**
 * Which calls are inside others, learned from spans that come in any order: a call waits at the
 * first span above that has not come, and goes on up when it does. For a call whose outer span has
 * come already the parents are asked. The rule is that of the processor's tree.
 */
export class CarriedCalls {
  readonly #aiSpans = new RecentMap<SeenSpan>(AI_SPANS)
  readonly #otherSpans = new RecentMap<SeenSpan>(OTHER_SPANS)
  /** Ids of spans that calls are below, also of those that have not come yet. */
  readonly #aboveCalls = new RecentMap<true>(ABOVE_CALLS)
  readonly #waiting = new Map<string, WaitingCall[]>()
  #waitingCalls = 0
  /** When the last call started and ended that no longer waits, for lack of room. */
  #forgottenFrom = Number.NEGATIVE_INFINITY
  #forgottenUntil = Number.NEGATIVE_INFINITY

  /** Makes a span of a batch known, before any of the batch is processed. */
  announce(span: EndedSpan): void {
    const seen = { ...span, isProcessed: false, evidence: undefined, isMatched: false }
    if (span.role === undefined) this.#otherSpans.set(span.spanId, seen)
    else this.#aiSpans.set(span.spanId, seen)
    if (isCall(span.role) || this.#aboveCalls.get(span.spanId) === true) {
      this.#noteCallBelow(span.parentSpanId)
    }
  }

  /** Whether the usage on a span that is no AI span is that of calls below it or around it. */
  isCountedBeside({ spanId, parentSpanId }: EndedSpan): boolean {
    if (this.#aboveCalls.get(spanId) === true) return true
    let above = this.#get(parentSpanId)
    for (let distance = 0; above !== undefined && distance < FARTHEST_ABOVE; distance++) {
      if (isCall(above.role)) return true
      above = this.#get(above.parentSpanId)
    }
    return false
  }

  /** Looks inside and around a call. */
  match(span: EndedSpan, evidence: Evidence): Nesting {
    const all = this.#waiting.get(span.spanId) ?? []
    const inside = all.filter(
      ({ begun, evidence: inner }) => !begun.has(span.scope) && mayBeSameCall(evidence, inner),
    )
    const around = this.#around(span)
    const agreement = this.#agreementOf(span, evidence, inside, around)
    return {
      agreement,
      isInside: around.length > 0,
      isInsideAiSdk: around.some(({ scope }) => isAiSdkScope(scope)),
      isAroundOrInside: inside.length > 0 || around.length > 0,
    }
  }

  /** Notes that a span was processed; with its call, and whether it was charged there, if it is one. */
  process(span: EndedSpan, call: InnerCall | undefined): void {
    const { spanId, scope, role } = span
    const seen = this.#get(spanId)
    if (seen !== undefined) {
      seen.isProcessed = true
      if (call?.evidence.usd !== undefined) seen.evidence = call.evidence
    }
    const below = this.#take(spanId)
    if (role === 'tool' || (below === undefined && call === undefined)) return
    const passed =
      role === 'group' && below !== undefined
        ? below.map((one) => after(one, scope))
        : (below ?? [])
    if (call !== undefined) passed.push({ ...call, begun: nothingBegun })
    this.#passUp(span, passed)
  }

  #noteCallBelow(parentSpanId: string | undefined): void {
    let spanId = parentSpanId
    for (let distance = 0; spanId !== undefined && distance < FARTHEST_ABOVE; distance++) {
      // What is above it was noted too, or is noted when it comes.
      if (this.#aboveCalls.get(spanId) === true) return
      this.#aboveCalls.set(spanId, true)
      spanId = this.#get(spanId)?.parentSpanId
    }
  }

  #agreementOf(
    { spanId }: EndedSpan,
    evidence: Evidence,
    inside: readonly InnerCall[],
    around: readonly SeenSpan[],
  ): Nesting['agreement'] {
    const agreement = matchInside(evidence, inside)
    if (agreement !== 'different') {
      const seen = this.#get(spanId)
      if (seen !== undefined) seen.isMatched = true
      return agreement
    }
    let isUnsure = false
    for (const outer of around) {
      if (outer.evidence === undefined || outer.isMatched) continue
      const outerAgreement = compareNested(outer.evidence, evidence)
      if (outerAgreement === 'same') {
        outer.isMatched = true
        return 'same'
      }
      if (outerAgreement === 'unsure') isUnsure = true
    }
    if (isUnsure) return 'unsure'
    const wasForgotten =
      evidence.from <= this.#forgottenFrom && evidence.until >= this.#forgottenUntil
    return wasForgotten || inside.length >= MAXIMUM_INNER ? 'forgotten' : agreement
  }

  /** The calls above that may be this one, nearest first, as far as the spans above are known. */
  #around({ parentSpanId, call }: EndedSpan): SeenSpan[] {
    const around: SeenSpan[] = []
    const begun = new Set<string>()
    let above = this.#get(parentSpanId)
    for (let distance = 0; above !== undefined && distance < FARTHEST_ABOVE; distance++) {
      if (above.role === 'tool') break
      if (above.role === 'group') begun.add(above.scope)
      const isAround =
        call !== undefined && above.call !== undefined && mayBeSameCall(above.call, call)
      if (isAround && !begun.has(above.scope)) around.push(above)
      above = this.#get(above.parentSpanId)
    }
    return around
  }

  /** Hands calls to the first span above that has not been processed. */
  #passUp({ parentSpanId }: EndedSpan, calls: WaitingCall[]): void {
    let passed = calls
    let spanId = parentSpanId
    for (let distance = 0; spanId !== undefined && distance < FARTHEST_ABOVE; distance++) {
      const above = this.#get(spanId)
      if (above?.isProcessed !== true) {
        this.#wait(spanId, passed)
        return
      }
      const { role, scope } = above
      if (role === 'tool') return
      if (role === 'group') passed = passed.map((one) => after(one, scope))
      spanId = above.parentSpanId
    }
  }

  #wait(spanId: string, calls: WaitingCall[]): void {
    const there = this.#waiting.get(spanId)
    // The longer list is kept, so that each call is moved a few times at most.
    const [more, fewer] =
      there !== undefined && there.length > calls.length ? [there, calls] : [calls, there ?? []]
    const kept = fewer.slice(0, Math.max(0, MAXIMUM_INNER - more.length))
    for (const call of kept) more.push(call)
    if (more !== there) this.#waiting.set(spanId, more)
    this.#waitingCalls += more.length - (there?.length ?? 0)
    this.#forgetOldest()
  }

  #take(spanId: string): WaitingCall[] | undefined {
    const calls = this.#waiting.get(spanId)
    if (calls === undefined) return undefined
    this.#waiting.delete(spanId)
    this.#waitingCalls -= calls.length
    return calls
  }

  /** A quarter at once: to find the oldest takes longer the more were taken out before it. */
  #forgetOldest(): void {
    if (this.#waitingCalls <= MAXIMUM_WAITING) return
    for (const [spanId, [call]] of this.#waiting) {
      this.#take(spanId)
      if (call !== undefined) {
        this.#forgottenFrom = call.evidence.from
        this.#forgottenUntil = call.evidence.until
      }
      if (this.#waitingCalls <= MAXIMUM_WAITING * 0.75) return
    }
  }

  #get(spanId: string | undefined): SeenSpan | undefined {
    return spanId === undefined
      ? undefined
      : (this.#aiSpans.get(spanId) ?? this.#otherSpans.get(spanId))
  }
}

function after(call: WaitingCall, scope: string): WaitingCall {
  return call.begun.has(scope) ? call : { ...call, begun: new Set(call.begun).add(scope) }
}
