import { isCall } from '../call/model-call.ts'
import type { SpanLike } from '../span/span.ts'
import type { Above, Node, Unfinished } from './node.ts'

/** Open spans that are remembered below one span; beyond it the oldest counts as unfinished. */
const MAXIMUM_OPEN = 64

/**
 * Finds calls whose span never ends, as that of an aborted stream in AI SDK 4 to 6: when a span above
 * ends, those still open below it are counted on it. Most end a little later. A span that the garbage
 * collector takes will never end; then, or at the shutdown, its call is settled.
 */
export class UnfinishedCalls {
  readonly #nodeOf: (span: SpanLike) => Node | undefined
  readonly #settle: (likeness: SpanLike, node: Node) => void
  readonly #waiting = new Set<Unfinished>()
  readonly #collected: FinalizationRegistry<Unfinished> | undefined

  constructor(
    nodeOf: (span: SpanLike) => Node | undefined,
    settle: (likeness: SpanLike, node: Node) => void,
  ) {
    this.#nodeOf = nodeOf
    this.#settle = settle
    // Some edge runtimes have none.
    if (typeof FinalizationRegistry !== 'undefined') {
      this.#collected = new FinalizationRegistry((unfinished) => this.#giveUp(unfinished))
    }
  }

  /** Notes a span that has started. */
  started(span: SpanLike, node: Node): void {
    const above = node.parent ?? node.top
    if (above === undefined) return
    if (above.wasCounted) {
      this.#count(above, span)
    } else if (above.open === undefined) {
      above.open = span
    } else {
      const others = (above.othersOpen ??= [])
      if (others.push(span) > MAXIMUM_OPEN) this.#count(above, others.shift())
    }
  }

  /** Notes a span that ends, also one that was counted as unfinished. */
  ended(span: SpanLike, node: Node): void {
    const above = node.parent ?? node.top
    if (above?.open === span) above.open = undefined
    else if (above?.othersOpen !== undefined) remove(span, above.othersOpen)
    if (node.unfinished !== undefined) this.#uncount(node.unfinished)
  }

  /** Counts what is still open below a span that ends. */
  countBelow(above: Above): void {
    this.#countOpen(above, above)
  }

  /** Settles all that wait, for no span will end any more. */
  release(): void {
    for (const unfinished of this.#waiting) this.#giveUp(unfinished)
  }

  #count(countedOn: Above, span: SpanLike | undefined): void {
    const node = span === undefined ? undefined : this.#nodeOf(span)
    if (span === undefined || node === undefined || node.ended) return
    if (isCall(node.role)) this.#wait(countedOn, span, node)
    this.#countOpen(countedOn, node)
  }

  #countOpen(countedOn: Above, above: Above): void {
    above.wasCounted = true
    const { open, othersOpen } = above
    if (open === undefined && othersOpen === undefined) return
    above.open = undefined
    above.othersOpen = undefined
    this.#count(countedOn, open)
    for (const span of othersOpen ?? []) this.#count(countedOn, span)
  }

  #wait(countedOn: Above, span: SpanLike, node: Node): void {
    if (node.unfinished !== undefined || node.around.some(isTold)) return
    const unfinished = { node, likeness: likenessOf(span), countedOn }
    node.unfinished = unfinished
    countedOn.unfinishedCalls++
    for (let above = node.parent; above !== undefined; above = above.parent) above.missingCalls++
    if (this.#collected === undefined) return
    this.#waiting.add(unfinished)
    this.#collected.register(span, unfinished)
  }

  #uncount(unfinished: Unfinished): void {
    const { node, countedOn } = unfinished
    node.unfinished = undefined
    countedOn.unfinishedCalls--
    for (let above = node.parent; above !== undefined; above = above.parent) above.missingCalls--
    this.#waiting.delete(unfinished)
  }

  #giveUp(unfinished: Unfinished): void {
    if (this.#waiting.has(unfinished)) this.#settle(unfinished.likeness, unfinished.node)
  }
}

/** Quickly, for it is among the last as a rule; the order does not matter. */
function remove(span: SpanLike, spans: SpanLike[]): void {
  const index = spans.lastIndexOf(span)
  if (index === -1) return
  const last = spans.pop()
  if (last !== undefined && last !== span) spans[index] = last
}

/** Whether a call that another is the inside of is charged, or will be. */
function isTold({ charge, unfinished }: Node): boolean {
  return charge !== undefined || unfinished !== undefined
}

function likenessOf(span: SpanLike): SpanLike {
  const { name, startTime, status, attributes, events } = span
  const { parentSpanContext, parentSpanId, instrumentationScope, instrumentationLibrary } = span
  const context = span.spanContext()
  return {
    name,
    startTime,
    status,
    attributes,
    events,
    spanContext: () => context,
    parentSpanContext,
    parentSpanId,
    instrumentationScope,
    instrumentationLibrary,
  }
}
