import type { Context } from '@opentelemetry/api'
import {
  addsNothing,
  mergeAttribution,
  unattributed,
  withoutCut,
  type StatedAttribution,
} from '../attribution/attribution.ts'
import type { IncomingBaggage } from '../attribution/baggage.ts'
import { boundaryOf, mergedOf } from '../attribution/boundary.ts'
import { inheritedAttribution } from '../attribution/resolve.ts'
import {
  ATTRIBUTION_NAMES,
  GEN_AI_NAMES,
  namesMore,
  namesOf,
  statedAttribution,
} from '../attribution/stated-attribution.ts'
import { isCall } from '../conventions/model-call.ts'
import { redactAttributes } from '../privacy/redact-attributes.ts'
import type { Redactor } from '../privacy/redactor.ts'
import { parentSpanId, type SpanAttributes, type SpanLike } from '../span/span.ts'
import type { AttributionState, SpanNode } from './span-node.ts'

/** Finds the user of each AI span: of its own attributes, the span above, and `withAttribution`. Redacts what it finds. */
export class SpanAttribution {
  readonly #redactor: Redactor
  /** Of the latest AI span: those of one provider have the same. */
  #valueLimit = 0

  constructor(redactor: Redactor) {
    this.#redactor = redactor
  }

  /** Characters that the SDK keeps of a value, for the spans that follow; 0 is no limit. */
  limitValues(limit: number): void {
    this.#valueLimit = limit
  }

  /** Finds the attribution of a span that starts. `above` is that of the span above. */
  start(node: SpanNode, span: SpanLike, from: Context, above: StatedAttribution): void {
    const { parent, scope, baggage } = node
    const { attributes } = span
    const boundary = boundaryOf(from)
    const merged = boundary === undefined ? undefined : mergedOf(boundary)
    // A boundary that the parent was in already adds nothing to what the parent resolved to.
    const inherited =
      parent !== undefined && parent.boundary === merged
        ? above
        : inheritedAttribution(boundary, parentSpanId(span), above, this.#redactor.attribution)
    // `ai.*` spans name a user more often than not, and have many attributes to look through.
    const names = scope === 'ai' ? ATTRIBUTION_NAMES : namesOf(attributes)
    const stated = names === ATTRIBUTION_NAMES ? this.stated(attributes, baggage) : unattributed
    // A span repeats what the one above has stated.
    const isNew = stated !== unattributed && !addsNothing(inherited, stated)
    const redacted = isNew ? this.#redactor.attribution(stated) : stated
    node.boundary = merged
    node.inherited = inherited
    node.attribution = isNew ? mergeAttribution(inherited, redacted) : inherited
    // The attributes of a late span have not been looked at.
    node.guarded =
      redacted !== stated || node.isLate || this.#redactor.replacesAll || parent?.guarded === true
    if (node.guarded || mayRepeat(node, names)) this.redact(node, attributes)
  }

  /** What a span of another instrumentation states, redacted; the same object if nothing had to be redacted. */
  redacted(stated: StatedAttribution): StatedAttribution {
    return this.#redactor.attribution(stated)
  }

  /** Reads the attributes again: the application may have named the user while the span was open. */
  settle(node: SpanNode, attributes: SpanLike['attributes']): void {
    if (node.ended || !namesMore(attributes, node.attribution)) return
    const stated = this.stated(attributes, node.baggage)
    const redacted = this.#redactor.attribution(stated)
    // A guarded span no longer states what was taken off it.
    node.attribution = mergeAttribution(node.guarded ? node.attribution : node.inherited, redacted)
    if (redacted === stated) return
    node.guarded = true
    this.redact(node, attributes)
  }

  /** The attribution that a span started in a context inherits from the span in it. */
  at(from: Context, spanId: string | undefined, node: AttributionState): StatedAttribution {
    return inheritedAttribution(
      boundaryOf(from),
      spanId,
      node.attribution,
      this.#redactor.attribution,
    )
  }

  /** As `redact`, for a span above AI spans that is none. */
  redactForeign(attributes: SpanLike['attributes']): void {
    redactAttributes(attributes, this.#redactor)
  }

  /** Takes off a span what privacy rules keep from it. */
  redact(node: AttributionState, attributes: SpanLike['attributes']): void {
    if (redactAttributes(attributes, this.#redactor, node.boundary)) node.guarded = true
  }

  /** What a span states of its user, as far as it is trusted. */
  stated(attributes: SpanAttributes, baggage: IncomingBaggage | undefined): StatedAttribution {
    const stated = statedAttribution(attributes, baggage)
    return this.#valueLimit === 0 ? stated : withoutCut(stated, this.#valueLimit)
  }
}

/** Whether a span has metadata that was not looked at. The `ai.*` span of a call repeats that of its parent, which was. */
function mayRepeat({ scope, role, parent }: SpanNode, names: number): boolean {
  return scope === 'ai' ? !isCall(role) || parent?.scope !== 'ai' : names !== GEN_AI_NAMES
}
