import type { Context } from '@opentelemetry/api'
import { unattributed, type StatedAttribution } from '../attribution/attribution.ts'
import { routeIn } from '../attribution/boundary.ts'
import { baggageOf, type IncomingBaggage } from '../attribution/baggage.ts'
import { inheritedOrigin, originOfRequest } from '../charge/origin.ts'
import { isAiSdkScope } from '../conventions/ai-sdk.ts'
import { isCall, type SpanRole } from '../conventions/model-call.ts'
import { callIdentity, spanRole } from '../conventions/read-call.ts'
import { RECORDER_SCOPE, recordedCall } from '../conventions/recorded-call.ts'
import { scopeName, valueLimitOf, type SpanLike } from '../span/span.ts'
import { BaggageGuard, type SpanSurroundings } from './baggage-copies.ts'
import { ForeignScopes } from './foreign-scopes.ts'
import { lateRole, spanIn } from './late-role.ts'
import { enclosingCallsOf, settleRole } from './rollup.ts'
import type { SpanAttribution } from './span-attribution.ts'
import {
  createSpanNode,
  createTopSpan,
  isForeignTop,
  type OpenChildren,
  type SpanNode,
  type TopSpan,
} from './span-node.ts'
import { createSpanState } from './weak-span-store.ts'

/** AI spans and the spans below them. Each span holds its node, so that one that never ends takes its node with it. */
export class SpanTree {
  /** One field for both: with each further shape of spans, V8 reads all spans of an application more slowly. */
  readonly #states = createSpanState<SpanNode | TopSpan>()
  readonly #attribution: SpanAttribution
  /** AI spans that have started and not ended. One that never ends costs a look-up or two for each later span. */
  #open = 0
  readonly #guard = new BaggageGuard()
  /** The AI span that has been in `onEnding` last. */
  #ending: object | undefined
  readonly #foreignScopes = new ForeignScopes()

  constructor(attribution: SpanAttribution) {
    this.#attribution = attribution
  }

  /** The node of an AI span, or of a span below one, while any AI span is open. */
  get(span: object): SpanNode | undefined {
    return this.#open === 0 && span !== this.#ending ? undefined : this.nodeOf(span)
  }

  /** As `get`, and remembers the span: another processor may change it before `onEnd`, which follows at once. */
  getEnding(span: object): SpanNode | undefined {
    const node = this.#open === 0 ? undefined : this.nodeOf(span)
    this.#ending = node === undefined ? undefined : span
    return node
  }

  /** As `get`, for a span of another instrumentation right above AI spans. */
  top(span: object): OpenChildren | undefined {
    return this.#open === 0 ? undefined : this.#topOf(span)
  }

  /** Whether an AI span has started and not ended. */
  get hasOpenSpans(): boolean {
    return this.#open > 0
  }

  /** Whether an ended span is no AI span by any rule, and its scope is not known for that. */
  isUnknown(span: SpanLike): boolean {
    // A host may pass anything.
    if (typeof span !== 'object' || span === null) return false
    const scope = scopeName(span)
    if (isAiSdkScope(scope) || this.#foreignScopes.has(scope)) return false
    return this.nodeOf(span)?.role === undefined
  }

  /** Whether the usage on a span that is no AI span is that of calls below it or above it, which have a charge. */
  isCountedBeside(span: SpanLike): boolean {
    const node = this.nodeOf(span)
    if (this.#topOf(span) !== undefined) return true
    if (node !== undefined && node.pricedCalls + node.missingCalls > 0) return true
    for (let above = node?.parent; above !== undefined; above = above.parent) {
      if (isCall(above.role)) return true
    }
    return false
  }

  /** Notes that a span has ended. */
  end(node: SpanNode): void {
    node.ended = true
    if (node.role !== undefined) this.#open--
  }

  /** Notes a span that starts. A foreign span outside of AI subtrees is not noted. */
  start(span: SpanLike, from: Context): SpanNode | undefined {
    const scope = scopeName(span)
    const isForeign = this.#foreignScopes.has(scope)
    const baggage = isForeign && this.#open === 0 ? undefined : baggageOf(from)
    const copied =
      baggage === undefined || isForeign
        ? undefined
        : this.#guard.start(span, scope, baggage, this.#surroundings(from, scope))
    const role = isForeign ? undefined : (spanRole(span.attributes) ?? lateRole(scope))
    // No AI span is open, so none is above.
    if (role === undefined && this.#open === 0) return undefined
    const node = this.#note(span, role, scope, from, baggage)
    if (copied !== undefined && node !== undefined) node.copied = copied
    return node
  }

  #surroundings(from: Context, scope: string): SpanSurroundings {
    const span = spanIn(from)
    return {
      span,
      isAi: span !== undefined && this.nodeOf(span)?.role !== undefined,
      recorded: scope === RECORDER_SCOPE ? recordedCall(from) : undefined,
    }
  }

  #note(
    span: SpanLike,
    role: SpanRole | undefined,
    scope: string,
    from: Context,
    baggage: IncomingBaggage | undefined,
  ): SpanNode | undefined {
    const parentSpan = spanIn(from)
    const parent = parentSpan === undefined ? undefined : this.nodeOf(parentSpan)
    if (role === undefined && parent === undefined) return undefined
    this.#attribution.limitValues(valueLimitOf(span))
    const above =
      parentSpan?.attributes === undefined
        ? (parent?.attribution ?? unattributed)
        : this.#attributionAbove(parent, parentSpan as SpanLike, baggage)
    const isOutermost = parent === undefined || isForeignTop(parent)
    const top = isOutermost ? this.#noteTop(parentSpan) : undefined
    const node = createSpanNode(parent, top, role, scope, baggage)
    node.isLate = role === 'group' && lateRole(scope) !== undefined
    const outer = isOutermost ? originOfRequest(routeIn(from)) : parent.origin
    node.origin = inheritedOrigin(role, scope, span.attributes, outer)
    const call = callIdentity(role, span.attributes)
    if (call !== undefined) {
      node.call = call
      if (parent !== undefined) node.enclosingCalls = enclosingCallsOf(parent, call)
    }
    this.#attribution.start(node, span, from, above)
    const noted = this.#states.note(span, node)
    if (noted !== node) return this.nodeOf(span)
    if (role !== undefined) this.#open++
    return node
  }

  #noteTop(span: Partial<SpanLike> | undefined): OpenChildren | undefined {
    if (span?.attributes === undefined) return undefined
    return this.#topOf(span) ?? this.#states.note(span, createTopSpan())
  }

  /** The node of a span, whether or not it has ended. */
  nodeOf(span: object): SpanNode | undefined {
    const state = this.#states.get(span)
    return state?.isTop === true ? state.node : state
  }

  #topOf(span: object): OpenChildren | undefined {
    const state = this.#states.get(span)
    return state === undefined || state.isTop || isForeignTop(state) ? state : undefined
  }

  /** The attribution of the span above. One that is no AI span may still name its user; one in another process cannot. */
  #attributionAbove(
    parent: SpanNode | undefined,
    span: SpanLike,
    baggage: IncomingBaggage | undefined,
  ): StatedAttribution {
    if (parent !== undefined) {
      this.#attribution.settle(parent, span.attributes)
      if (parent.isLate) settleRole(parent, span.attributes)
      return parent.attribution
    }
    const stated = this.#attribution.stated(span.attributes, baggage)
    const attribution = this.#attribution.redacted(stated)
    if (attribution === stated) return stated
    // The span loses the id, so its node keeps for later spans that it was redacted.
    this.#attribution.redactForeign(span.attributes)
    this.#noteForeign(span, baggage, attribution)
    return attribution
  }

  #noteForeign(
    span: SpanLike,
    baggage: IncomingBaggage | undefined,
    attribution: StatedAttribution,
  ): void {
    const node = createSpanNode(undefined, undefined, undefined, scopeName(span), baggage)
    node.inherited = attribution
    node.attribution = attribution
    node.guarded = true
    const noted = this.#states.note(span, node)
    if (noted?.isTop === true) noted.node ??= node
  }

  /** The list of open AI spans below the span of a context, or `roots` if it has none that records. */
  openBelow(from: Context, roots: OpenChildren): OpenChildren | undefined {
    const span = spanIn(from)
    return span?.attributes === undefined ? roots : (this.#topOf(span) ?? this.nodeOf(span))
  }

  /** The attribution of a call that starts in a context, if its span is an AI span or below one. */
  attributionAt(from: Context): StatedAttribution | undefined {
    const span = spanIn(from)
    const node = span === undefined ? undefined : this.nodeOf(span)
    if (node === undefined) return undefined
    if (span?.attributes !== undefined) this.#attribution.settle(node, span.attributes)
    return this.#attribution.at(from, span?.spanContext?.().spanId, node)
  }
}
