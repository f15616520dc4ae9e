import { trace, type Baggage, type Context } from '@opentelemetry/api'
import { mergeAttribution, nobody, type Attribution } from '../attribution/attribution.ts'
import { boundaryOf } from '../attribution/boundary.ts'
import { inheritedAttribution } from '../attribution/resolve.ts'
import {
  baggageOf,
  namesNobody,
  saysMore,
  statedAttribution,
} from '../attribution/span-attribution.ts'
import { isCall, mayBeSameCall, type CallIdentity, type SpanRole } from '../call/model-call.ts'
import { requestedModel, spanRole } from '../call/read-call.ts'
import type { Charge } from '../charge/charge.ts'
import { parentSpanId, scopeName, type SpanAttributes, type SpanLike } from '../span/span.ts'
import { createSpanState } from './span-state.ts'

/** What is known of an AI span, or of a span below one, for as long as somebody holds the span. */
export interface Node {
  readonly parent: Node | undefined
  /** `undefined` for a span below an AI span that is none itself. */
  readonly role: SpanRole | undefined
  readonly scope: string
  /** What is asked of whom, if this is a call. */
  readonly call: CallIdentity | undefined
  /** Who pays, its own word left aside. */
  readonly inherited: Attribution
  /** What came in from outside, which nobody believes. */
  readonly baggage: Baggage | undefined
  attribution: Attribution
  /** The charges below that carry a cost: their number and their sum in US dollars. */
  pricedCalls: number
  rollupUsd: number
  /** The calls below that carry none. */
  missingCalls: number
  /** The calls above whose inside this call is; see {@link callsAround}. */
  readonly around: readonly Node[]
  /** The calls that are this one's inside and have ended: with a cost, and without. */
  innerPriced: number
  innerMissing: number
  ended: boolean
  /** What was charged here, if anything. */
  charge: Charge | undefined
  /** Whether this is a call whose cost another span carries. */
  carriedElsewhere: boolean
}

const none: readonly Node[] = []

/**
 * Instrumentations that write most of an application's spans and no AI span: to know them by name
 * costs less than to look for AI attributes.
 */
const foreignScopes = new Set([
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/instrumentation-undici',
  '@opentelemetry/instrumentation-express',
  '@opentelemetry/instrumentation-fastify',
  '@opentelemetry/instrumentation-net',
  '@opentelemetry/instrumentation-dns',
  '@opentelemetry/instrumentation-fs',
  '@opentelemetry/instrumentation-pg',
  '@opentelemetry/instrumentation-mysql2',
  '@opentelemetry/instrumentation-mongodb',
  '@opentelemetry/instrumentation-ioredis',
  '@opentelemetry/instrumentation-redis',
  'next.js',
])

function isForeign(scope: string): boolean {
  return scope !== 'ai' && scope !== 'gen_ai' && foreignScopes.has(scope)
}

/** A call and what is inside it are a few spans apart, however deep agents nest. */
const FARTHEST_AROUND = 32

/**
 * The tree of AI spans and what hangs below them. It lives on the spans themselves: a span that
 * never ends takes its node with it.
 */
export class Lineage {
  readonly #nodes = createSpanState<Node>()
  /** AI spans that have started and not ended. One that never ends only costs a look-up or two. */
  #open = 0

  /** What an open AI span has, or a span below one; while none is open nobody has anything. */
  get(span: object): Node | undefined {
    return this.#open === 0 ? undefined : this.#nodes.get(span)
  }

  /** Notes that an AI span has ended. */
  end(node: Node): void {
    node.ended = true
    this.#open--
  }

  /** Notes a span that starts; foreign spans outside AI subtrees leave nothing behind. */
  start(span: SpanLike, from: Context): Node | undefined {
    const { attributes } = span
    const scope = scopeName(span)
    const role = isForeign(scope) ? undefined : spanRole(attributes)
    // No AI span is open: so none is above, and nothing has to be handed down.
    if (role === undefined && this.#open === 0) return undefined
    const parentSpan = trace.getSpan(from) as Partial<SpanLike> | undefined
    const parent = parentSpan === undefined ? undefined : this.#nodes.get(parentSpan)
    if (role === undefined && parent === undefined) return undefined
    const baggage = baggageOf(from)
    const above = attributionAbove(parent, parentSpan?.attributes, baggage)
    const inherited = inheritedAttribution(boundaryOf(from), parentSpanId(span), above)
    const call = isCall(role) ? { operation: role, model: requestedModel(attributes) } : undefined
    const node: Node = {
      parent,
      role,
      scope,
      call,
      inherited,
      baggage,
      attribution: mergeAttribution(inherited, statedAtStart(scope, attributes, baggage)),
      pricedCalls: 0,
      rollupUsd: 0,
      missingCalls: 0,
      around: call === undefined || parent === undefined ? none : callsAround(parent, call),
      innerPriced: 0,
      innerMissing: 0,
      ended: false,
      charge: undefined,
      carriedElsewhere: false,
    }
    if (role !== undefined) this.#open++
    return this.#nodes.note(span, node)
  }
}

/** `ai.*` spans name a payer more often than not, and have many attributes to look through. */
function statedAtStart(
  scope: string,
  attributes: SpanAttributes,
  baggage: Baggage | undefined,
): Attribution {
  return scope !== 'ai' && namesNobody(attributes) ? nobody : statedAttribution(attributes, baggage)
}

/** A parent that is no AI span may still name its user; one in another process cannot. */
function attributionAbove(
  parent: Node | undefined,
  attributes: SpanAttributes | undefined,
  baggage: Baggage | undefined,
): Attribution {
  if (attributes === undefined) return parent?.attribution ?? nobody
  if (parent === undefined) return statedAttribution(attributes, baggage)
  settleAttribution(parent, attributes)
  return parent.attribution
}

/** Somebody may have named the user while the span was open. */
export function settleAttribution(node: Node, attributes: SpanAttributes): void {
  if (node.ended || !saysMore(attributes, node.attribution)) return
  node.attribution = mergeAttribution(node.inherited, statedAttribution(attributes, node.baggage))
}

/**
 * The calls that a call below `node` is the inside of: an instrumented client inside an
 * instrumented framework, or the inner `embeddings` of AI SDK 7. Not those above a tool, whose
 * nested agents make calls of their own, nor those with an operation of their own
 * instrumentation in between, as when a middleware generates text, nor those that ask another
 * model.
 */
function callsAround(node: Node, call: CallIdentity): readonly Node[] {
  if (!isBelowCall(node)) return none
  let around: Node[] | undefined
  let begun: Set<string> | undefined
  let above: Node | undefined = node
  for (let distance = 0; above !== undefined && distance < FARTHEST_AROUND; distance++) {
    if (above.role === 'tool') break
    if (above.role === 'group') (begun ??= new Set()).add(above.scope)
    if (
      above.call !== undefined &&
      begun?.has(above.scope) !== true &&
      mayBeSameCall(above.call, call)
    ) {
      ;(around ??= []).push(above)
    }
    above = above.parent
  }
  return around ?? none
}

/** Whether a call is above, and no tool in between: hardly ever, and quick to see. */
function isBelowCall(node: Node): boolean {
  let above: Node | undefined = node
  for (let distance = 0; above !== undefined && distance < FARTHEST_AROUND; distance++) {
    if (above.role === 'tool') return false
    if (above.call !== undefined) return true
    above = above.parent
  }
  return false
}

/** The nearest AI span above. */
export function aiSpanAbove({ parent }: Node): Node | undefined {
  let above = parent
  while (above !== undefined && above.role === undefined) above = above.parent
  return above
}

/** Whether another span carries the cost of this very call: one inside it, or one around it. */
export function isCarriedElsewhere(node: Node, charge: Charge): boolean {
  if (node.innerPriced > 0) return true
  if (node.innerMissing > 0 && charge.usd === undefined) return true
  return node.around !== none && node.around.some((outer) => outer.charge?.usd !== undefined)
}

/** Adds a charge to every span above. With a cost it stands in for calls inside that have none. */
export function rollUp(node: Node, charge: Charge): void {
  node.charge = charge
  const { usd } = charge
  for (const outer of node.around) {
    if (usd === undefined) outer.innerMissing++
    else outer.innerPriced++
  }
  for (let above = node.parent; above !== undefined; above = above.parent) {
    if (usd === undefined) {
      above.missingCalls++
    } else {
      above.pricedCalls++
      above.rollupUsd += usd
      above.missingCalls -= node.innerMissing
    }
  }
}
