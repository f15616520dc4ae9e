import { isCall } from '../call/model-call.ts'
import type { SpanLike } from '../span/span.ts'
import type { Lineage } from './lineage.ts'
import { addMissing } from './nesting.ts'
import type { Above, Node } from './node.ts'

/** Open spans that are remembered below one span; beyond it the oldest counts as unfinished. */
const MAXIMUM_OPEN = 64

/** How long a call may go on after the span above has ended, and how many may: AI SDK 7 holds what it never ends. */
const PATIENCE_MILLISECONDS = 600_000
const MAXIMUM_WAITING = 1000

/**
 * Finds calls whose span never ends, as that of an aborted stream in AI SDK 4 to 6. When a span above ends, those
 * still open below it are counted on it; most end a little later. A span that the garbage collector takes will never
 * end: then its call is settled, or when it was waited for long enough, or at the shutdown.
 */
export class UnfinishedCalls {
  readonly #lineage: Pick<Lineage, 'get'>
  readonly #settle: (likeness: SpanLike, node: Node) => void
  readonly #waiting = new Set<Node>()
  /** Open AI spans that stand below no other; for a call what its span says. Not the spans: some never end. */
  readonly #roots = new Map<Node, SpanLike | undefined>()
  readonly #collected: FinalizationRegistry<Node> | undefined

  constructor(lineage: Pick<Lineage, 'get'>, settle: (likeness: SpanLike, node: Node) => void) {
    this.#lineage = lineage
    this.#settle = settle
    // Some edge runtimes have none.
    if (typeof FinalizationRegistry !== 'undefined') {
      this.#collected = new FinalizationRegistry((node) => this.#lose(node))
    }
  }

  /** Notes a span that has started. */
  started(span: SpanLike, node: Node): void {
    if (node.parent === undefined) this.#startRoot(span, node)
    const above = node.parent ?? node.top
    if (above === undefined) return
    if (above.wasCounted) {
      this.#count(above, span)
    } else if (above.open === undefined) {
      above.open = [span]
    } else if (above.open.push(span) > MAXIMUM_OPEN) {
      this.#count(above, above.open.shift())
    }
  }

  #startRoot(span: SpanLike, node: Node): void {
    if (this.#collected === undefined) return
    this.#roots.set(node, isCall(node.role) ? likenessOf(span, node) : undefined)
    this.#collected.register(span, node)
  }

  /** Notes a span that ends, also one that was counted as unfinished. */
  ended(span: SpanLike, node: Node): void {
    if (node.parent === undefined) this.#roots.delete(node)
    const open = (node.parent ?? node.top)?.open
    // It is among the last as a rule, and their order does not matter.
    const index = open === undefined ? -1 : open.lastIndexOf(span)
    const last = index === -1 ? undefined : open?.pop()
    if (open !== undefined && last !== undefined && last !== span) open[index] = last
    if (!this.#waiting.delete(node) || node.unfinished === undefined) return
    node.unfinished.countedOn.unfinishedCalls--
    node.unfinished = undefined
    addMissing(node, -1)
  }

  /** Counts what is still open below a span that ends. */
  countBelow(above: Above): void {
    this.#countOpen(above, above)
  }

  /** Settles all that is open, for no span will end any more. */
  release(): void {
    for (const node of this.#roots.keys()) this.#lose(node)
    for (const node of this.#waiting) this.#lose(node)
  }

  /** The span of a node will not end any more. */
  #lose(node: Node): void {
    const countedOn = node.top ?? node
    const likeness = this.#roots.get(node)
    if (likeness !== undefined) this.#wait(countedOn, likeness, node)
    if (this.#roots.delete(node)) this.#countOpen(countedOn, node)
    if (node.unfinished !== undefined) this.#settle(node.unfinished.likeness, node)
  }

  #count(countedOn: Above, span: SpanLike | undefined): void {
    const node = span === undefined ? undefined : this.#lineage.get(span)
    if (span === undefined || node === undefined || node.ended) return
    if (isCall(node.role)) this.#wait(countedOn, span, node)
    this.#countOpen(countedOn, node)
  }

  #countOpen(countedOn: Above, above: Above): void {
    above.wasCounted = true
    const { open } = above
    if (open === undefined) return
    above.open = undefined
    for (const span of open) this.#count(countedOn, span)
  }

  #wait(countedOn: Above, span: SpanLike, node: Node): void {
    if (isTold(node) || node.around.some(isTold)) return
    const since = Date.now()
    for (const oldest of this.#waiting) {
      const { unfinished } = oldest
      const isYoung = unfinished !== undefined && since - unfinished.since < PATIENCE_MILLISECONDS
      if (isYoung && this.#waiting.size < MAXIMUM_WAITING) break
      this.#lose(oldest)
    }
    node.unfinished = { likeness: likenessOf(span, node), countedOn, since }
    countedOn.unfinishedCalls++
    addMissing(node, 1)
    this.#waiting.add(node)
    this.#collected?.register(span, node)
  }
}

/** Whether a call is charged, or will be. */
function isTold({ charge, unfinished }: Node): boolean {
  return charge !== undefined || unfinished !== undefined
}

/** What a span says, without the span. */
function likenessOf(span: SpanLike, { scope }: Node): SpanLike {
  const { name, startTime, status, attributes, events } = span
  const ids = span.spanContext()
  const instrumentationScope = { name: scope }
  return {
    name,
    startTime,
    status,
    attributes,
    events,
    instrumentationScope,
    spanContext: () => ids,
  }
}
