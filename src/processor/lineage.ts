import { trace, type Context } from '@opentelemetry/api'
import { mergeAttribution, nobody, type Attribution } from '../attribution/attribution.ts'
import { boundaryOf } from '../attribution/boundary.ts'
import { inheritedAttribution } from '../attribution/resolve.ts'
import { statedAtStart, statedAttribution } from '../attribution/span-attribution.ts'
import type { SpanRole } from '../call/model-call.ts'
import { spanRole } from '../call/read-call.ts'
import type { Charge } from '../charge/charge.ts'
import { parentSpanId, type SpanLike } from '../span/span.ts'

/** What is known of an AI span, or of a span below one, while it is open. */
export interface Node {
  readonly parent: Node | undefined
  /** `undefined` for a span below an AI span that is none itself. */
  readonly role: SpanRole | undefined
  /** Who pays, its own word left aside. */
  readonly inherited: Attribution
  attribution: Attribution
  /** The charges below that carry a cost: their number and their sum in US dollars. */
  pricedCalls: number
  rollupUsd: number
  /** The calls below that carry none. */
  missingCalls: number
  /** Calls below, ended or not. */
  startedCalls: number
  ended: boolean
  /** What was charged here, if anything. */
  charge: Charge | undefined
}

/**
 * The tree of AI spans and what hangs below them. It lives on the spans themselves, in a
 * `WeakMap`: a span that never ends takes its node with it.
 */
export class Lineage {
  readonly #nodes = new WeakMap<object, Node>()

  get(span: object): Node | undefined {
    return this.#nodes.get(span)
  }

  /** Notes a span that starts; foreign spans outside AI subtrees leave nothing behind. */
  start(span: SpanLike, from: Context): Node | undefined {
    const role = spanRole(span.attributes)
    const parentSpan = trace.getSpan(from) as (object & Partial<SpanLike>) | undefined
    const parent = parentSpan === undefined ? undefined : this.#nodes.get(parentSpan)
    if (role === undefined && parent === undefined) return undefined
    const inherited = this.#inherited(span, from, parent, parentSpan)
    const node: Node = {
      parent,
      role,
      inherited,
      attribution: mergeAttribution(inherited, statedAtStart(span.attributes, from)),
      pricedCalls: 0,
      rollupUsd: 0,
      missingCalls: 0,
      startedCalls: 0,
      ended: false,
      charge: undefined,
    }
    this.#nodes.set(span, node)
    if (role === 'call') for (let above = parent; above; above = above.parent) above.startedCalls++
    return node
  }

  #inherited(
    span: SpanLike,
    from: Context,
    parent: Node | undefined,
    parentSpan: Partial<SpanLike> | undefined,
  ): Attribution {
    // A parent that is no AI span may still name its user; one in another process says nothing.
    const stated = parent?.attribution ?? (parentSpan?.attributes === undefined ? nobody : statedAtStart(parentSpan.attributes, from))
    return inheritedAttribution(boundaryOf(from), parentSpanId(span), stated)
  }
}

/** Somebody may have named the user while the span was open. */
export function settleAttribution(node: Node, span: SpanLike): Attribution {
  return mergeAttribution(node.inherited, statedAttribution(span.attributes))
}

/**
 * Whether the cost of this call is carried by a call below or above it: an instrumented client
 * inside an instrumented framework, or the outer `embeddings` of AI SDK 7.
 */
export function isCarriedElsewhere(node: Node, charge: Charge): boolean {
  if (node.pricedCalls > 0) return true
  if (node.startedCalls > 0 && charge.usd === undefined) return true
  for (let above = node.parent; above; above = above.parent) {
    if (above.charge?.usd !== undefined) return true
  }
  return false
}

/** Adds a charge to every span above. A cost here stands in for calls below without one. */
export function rollUp(node: Node, charge: Charge): void {
  node.charge = charge
  const { usd } = charge
  for (let above = node.parent; above; above = above.parent) {
    if (usd === undefined) {
      above.missingCalls++
    } else {
      above.pricedCalls++
      above.rollupUsd += usd
      above.missingCalls -= node.missingCalls
    }
  }
}
