import type { Context } from '@opentelemetry/api'
import {
  mergeAttribution,
  unattributed,
  addsNothing,
  withoutCut,
  type StatedAttribution,
} from '../attribution/attribution.ts'
import { boundaryOf, mergedOf } from '../attribution/boundary.ts'
import { baggageOf, type IncomingBaggage } from '../attribution/baggage.ts'
import { inheritedAttribution } from '../attribution/resolve.ts'
import { Names, namesOf, namesMore, statedAttribution } from '../attribution/span-attribution.ts'
import { isAiSdkScope } from '../conventions/ai-sdk.ts'
import { isCall, type SpanRole } from '../conventions/model-call.ts'
import { callIdentity, spanRole } from '../conventions/read-call.ts'
import { RECORDER_SCOPE, recordedCall } from '../conventions/recorded-call.ts'
import { redactAttributes } from '../privacy/redact-attributes.ts'
import type { Redactor } from '../privacy/redactor.ts'
import {
  parentSpanId,
  scopeName,
  valueLimitOf,
  type SpanAttributes,
  type SpanLike,
} from '../span/span.ts'
import { BaggageGuard, type SpanSurroundings } from './baggage-copies.ts'
import { lateRole, spanIn } from './late-role.ts'
import { enclosingCallsOf, settleRole } from './rollup.ts'
import { ForeignScopes } from './foreign-scopes.ts'
import {
  createOpenChildren,
  foreignNode,
  isForeignTop,
  none,
  type OpenChildren,
  type SpanNode,
} from './span-node.ts'
import { createSpanState } from './weak-span-store.ts'

/** Those of the processors that have not been shut down; an application has one, tests have many. */
const spanTrees: SpanTree[] = []
const MAXIMUM_SPAN_TREES = 16

/** Who pays for a call that starts in a context, if its span is an AI span or below one. */
export function attributionAt(from: Context): StatedAttribution | undefined {
  for (const tree of spanTrees) {
    const attribution = tree.attributionAt(from)
    if (attribution !== undefined) return attribution
  }
  return undefined
}

/** AI spans and the spans below them. Each span holds its node, so that one that never ends takes its node with it. */
export class SpanTree {
  readonly #nodes = createSpanState<SpanNode>()
  /** Spans of others that AI spans stand right below. */
  readonly #tops = createSpanState<OpenChildren>()
  readonly #redactor: Redactor
  /** AI spans that have started and not ended. One that never ends only costs a look-up or two. */
  #open = 0
  readonly #guard = new BaggageGuard()
  /** Of the latest AI span: those of one provider have the same. */
  #valueLimit = 0
  /** The AI span that has been in `onEnding` last. */
  #ending: object | undefined
  readonly #foreignScopes = new ForeignScopes()

  constructor(redactor: Redactor) {
    this.#redactor = redactor
    if (spanTrees.unshift(this) > MAXIMUM_SPAN_TREES) spanTrees.pop()
  }

  /** What an open AI span has, or a span below one; while none is open nobody has anything. */
  get(span: object): SpanNode | undefined {
    return this.#open === 0 && span !== this.#ending ? undefined : this.#nodes.get(span)
  }

  /** As `get`, and remembers the span: another processor may change it before `onEnd`, which follows at once. */
  getEnding(span: object): SpanNode | undefined {
    const node = this.#open === 0 ? undefined : this.#nodes.get(span)
    this.#ending = node === undefined ? undefined : span
    return node
  }

  /** As `get`, for a span of others right above AI spans. */
  top(span: object): OpenChildren | undefined {
    return this.#open === 0 ? undefined : this.#tops.get(span)
  }

  /** Whether an ended span is no AI span by any rule, and nobody knows its scope for that. */
  isUnknown(span: SpanLike): boolean {
    // A host may hand over anything.
    if (typeof span !== 'object' || span === null) return false
    const scope = scopeName(span)
    if (isAiSdkScope(scope) || this.#foreignScopes.has(scope)) return false
    return this.#nodes.get(span)?.role === undefined
  }

  /** Whether the usage on a span that is no AI span is that of calls below it or around it, which have a charge. */
  isCountedBeside(span: SpanLike): boolean {
    const node = this.#nodes.get(span)
    if (this.#tops.get(span) !== undefined) return true
    if (node !== undefined && node.pricedCalls + node.missingCalls > 0) return true
    for (let above = node?.parent; above !== undefined; above = above.parent) {
      if (isCall(above.role)) return true
    }
    return false
  }

  #noteTop(span: Partial<SpanLike> | undefined): OpenChildren | undefined {
    if (span?.attributes === undefined) return undefined
    const top = this.#tops.get(span)
    if (top !== undefined) return top
    return this.#tops.note(span, createOpenChildren())
  }

  /** The processor was shut down: no span of it will start. */
  close(): void {
    const index = spanTrees.indexOf(this)
    if (index !== -1) spanTrees.splice(index, 1)
  }

  /** Notes that a span has ended. */
  end(node: SpanNode): void {
    node.ended = true
    if (node.role !== undefined) this.#open--
  }

  /** Notes a span that starts; foreign spans outside AI subtrees leave nothing behind. */
  start(span: SpanLike, from: Context): SpanNode | undefined {
    const { attributes } = span
    const scope = scopeName(span)
    const isOthers = this.#foreignScopes.has(scope)
    const baggage = isOthers && this.#open === 0 ? undefined : baggageOf(from)
    const copied =
      baggage === undefined || isOthers
        ? undefined
        : this.#guard.start(span, scope, baggage, this.#surroundings(from, scope))
    const role = isOthers ? undefined : (spanRole(attributes) ?? lateRole(scope))
    // No AI span is open: so none is above, and nothing has to be handed down.
    if (role === undefined && this.#open === 0) return undefined
    const node = this.#note(span, role, scope, from, baggage)
    if (copied !== undefined && node !== undefined) node.copied = copied
    return node
  }

  #surroundings(from: Context, scope: string): SpanSurroundings {
    const span = spanIn(from)
    return {
      span,
      isAi: span !== undefined && this.#nodes.get(span)?.role !== undefined,
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
    const { attributes } = span
    const parentSpan = spanIn(from)
    const parent = parentSpan === undefined ? undefined : this.#nodes.get(parentSpan)
    if (role === undefined && parent === undefined) return undefined
    this.#valueLimit = valueLimitOf(span)
    const above =
      parentSpan?.attributes === undefined
        ? (parent?.attribution ?? unattributed)
        : this.#attributionAbove(parent, parentSpan as SpanLike, baggage)
    const boundary = boundaryOf(from)
    const merged = boundary === undefined ? undefined : mergedOf(boundary)
    // A boundary that the parent was in already has nothing to add to what the parent resolved to.
    const inherited =
      parent !== undefined && parent.boundary === merged
        ? above
        : inheritedAttribution(boundary, parentSpanId(span), above, this.#redactor.attribution)
    const call = callIdentity(role, attributes)
    // `ai.*` spans name a payer more often than not, and have many attributes to look through.
    const names = scope === 'ai' ? Names.attribution : namesOf(attributes)
    const stated = names === Names.attribution ? this.#stated(attributes, baggage) : unattributed
    // A span says again what the one above has said.
    const isNew = stated !== unattributed && !addsNothing(inherited, stated)
    const told = isNew ? this.#redactor.attribution(stated) : stated
    const isLate = role === 'group' && lateRole(scope) !== undefined
    const node: SpanNode = {
      parent,
      top: parent === undefined || isForeignTop(parent) ? this.#noteTop(parentSpan) : undefined,
      role,
      isLate,
      generation: undefined,
      openChat: undefined,
      scope,
      call,
      boundary: merged,
      inherited,
      baggage,
      copied: undefined,
      attribution: isNew ? mergeAttribution(inherited, told) : inherited,
      // What is described late has not been looked at.
      guarded: told !== stated || isLate || this.#redactor.replacesAll || parent?.guarded === true,
      pricedCalls: 0,
      rollupUsd: 0,
      missingCalls: 0,
      enclosingCalls:
        call === undefined || parent === undefined ? none : enclosingCallsOf(parent, call),
      nestedCalls: undefined,
      settled: undefined,
      ended: false,
      latestOpen: undefined,
      oldestHeld: undefined,
      held: 0,
      wasCounted: false,
      unfinishedCalls: 0,
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
    if (node.guarded || mayCopy(node, names)) {
      this.redact(node, attributes)
    }
    const noted = this.#nodes.note(span, node)
    if (noted === node && role !== undefined) this.#open++
    return noted
  }

  #stated(attributes: SpanAttributes, baggage: IncomingBaggage | undefined): StatedAttribution {
    const stated = statedAttribution(attributes, baggage)
    return this.#valueLimit === 0 ? stated : withoutCut(stated, this.#valueLimit)
  }

  /** A parent that is no AI span may still name its user; one in another process cannot. */
  #attributionAbove(
    parent: SpanNode | undefined,
    span: SpanLike,
    baggage: IncomingBaggage | undefined,
  ): StatedAttribution {
    if (parent !== undefined) {
      this.settleAttribution(parent, span.attributes)
      if (parent.isLate) settleRole(parent, span.attributes)
      return parent.attribution
    }
    const stated = this.#stated(span.attributes, baggage)
    const told = this.#redactor.attribution(stated)
    if (told === stated) return told
    // It is taken off, so whoever comes next has to be told here.
    redactAttributes(span.attributes, this.#redactor)
    this.#nodes.note(span, foreignNode(scopeName(span), baggage, told))
    return told
  }

  /** As `attributionAt`, by the spans of this processor. */
  attributionAt(from: Context): StatedAttribution | undefined {
    const span = spanIn(from)
    const node = span === undefined ? undefined : this.#nodes.get(span)
    if (node !== undefined && span?.attributes !== undefined) {
      this.settleAttribution(node, span.attributes)
    }
    return node === undefined
      ? undefined
      : inheritedAttribution(
          boundaryOf(from),
          span?.spanContext?.().spanId,
          node.attribution,
          this.#redactor.attribution,
        )
  }

  /** Somebody may have named the user while the span was open. */
  settleAttribution(node: SpanNode, attributes: SpanLike['attributes']): void {
    if (node.ended || !namesMore(attributes, node.attribution)) return
    const stated = this.#stated(attributes, node.baggage)
    const told = this.#redactor.attribution(stated)
    // What was taken off a guarded span is not stated again.
    node.attribution = mergeAttribution(node.guarded ? node.attribution : node.inherited, told)
    if (told === stated) return
    node.guarded = true
    this.redact(node, attributes)
  }

  /** Takes what may not be told off a span. */
  redact(node: SpanNode, attributes: SpanLike['attributes']): void {
    if (redactAttributes(attributes, this.#redactor, node.boundary)) node.guarded = true
  }
}

/** The `ai.*` span of a call copies what the one of its generation does, which has been looked at. */
function mayCopy({ scope, role, parent }: SpanNode, names: number): boolean {
  return scope === 'ai' ? !isCall(role) || parent?.scope !== 'ai' : names !== Names.genAiOnly
}
