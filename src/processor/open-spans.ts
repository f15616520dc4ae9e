import { isCall } from '../conventions/model-call.ts'
import { ERROR, valueLimitOf, type SpanLike } from '../span/span.ts'
import { addMissing } from './rollup.ts'
import { createAbove, type Above, type SpanNode } from './span-node.ts'

/** Open spans that are remembered below one span, or below none; the oldest beyond it is left to the garbage collector. */
const MAXIMUM_OPEN = 32

/** How long a call may go on after the span above has ended, and how many may: AI SDK 7 holds what it never ends. */
const PATIENCE_MILLISECONDS = 600_000
const MAXIMUM_WAITING = 10_000

/**
 * Finds calls whose span never ends, as that of an aborted stream in AI SDK 4 to 6. When a span above ends, those
 * still open below it are counted on it; most end a little later. A span that the garbage collector takes will never
 * end: then its call is settled, or when it was waited for long enough, or at the shutdown.
 */
export class OpenSpans {
  readonly #settle: (span: SpanLike, node: SpanNode) => void
  /** Calls that had not ended when a span above them did. No span of them is held. */
  readonly #waiting = new Set<SpanNode>()
  /** What AI spans that stand below no other stand below. */
  readonly #process = createAbove()
  // Some edge runtimes have none.
  readonly #collected =
    typeof FinalizationRegistry === 'undefined'
      ? undefined
      : new FinalizationRegistry<SpanNode>((node) => this.#lose(node))

  constructor(settle: (span: SpanLike, node: SpanNode) => void) {
    this.#settle = settle
  }

  /** Notes a span that has started. */
  started(span: SpanLike, node: SpanNode): void {
    // A processor that is registered twice sees every span start twice.
    if (node.span || node.ended) return
    node.span = span
    const { top } = node
    const mayEnd = top ?? node.parent
    if (mayEnd?.wasCounted) {
      this.#count(mayEnd, node)
      return
    }
    if (top) top.openSpans++
    const above = this.#above(node)
    node.older = above.latestOpen
    if (node.older) node.older.newer = node
    above.latestOpen = node
    if (++above.openSpans > MAXIMUM_OPEN) this.#countOldest(above, node)
  }

  /** Notes a span that ends, also one that was counted as unfinished. */
  ended(node: SpanNode): void {
    node.span = undefined
    const { top, countedOn } = node
    if (top) top.openSpans--
    if (!countedOn) {
      unlink(this.#above(node), node)
      return
    }
    countedOn.unfinishedCalls--
    node.countedOn = undefined
    addMissing(node, -1)
    this.#waiting.delete(node)
  }

  /** Counts what is still open below an AI span that ends. */
  countBelow(node: SpanNode): void {
    this.#countOpen(node, node)
  }

  /** Counts what is still open below a span of somebody else that ends. */
  countBelowTop(top: Above): void {
    top.wasCounted = true
    if (top.openSpans < 1) return
    for (const root of this.#openRoots()) {
      if (root.top === top) this.#count(top, root)
    }
  }

  /** Settles all that is open, for no span will end any more. */
  release(): void {
    for (const root of this.#openRoots()) this.#count(root.top ?? root, root)
    for (const node of this.#waiting) this.#lose(node)
  }

  /** Where a span is linked while it is open. */
  #above({ parent, top }: SpanNode): Above {
    return top === undefined ? (parent ?? this.#process) : this.#process
  }

  #openRoots(): SpanNode[] {
    const roots: SpanNode[] = []
    let node = this.#process.latestOpen
    for (; node !== undefined; node = node.older) roots.push(node)
    return roots
  }

  /** Nobody may ever come back to the oldest of many. */
  #countOldest(above: Above, latest: SpanNode): void {
    let oldest = latest
    while (oldest.older !== undefined) oldest = oldest.older
    unlink(above, oldest)
    this.#count(oldest.top ?? oldest.parent ?? oldest, oldest)
  }

  /** The span of a call will not end any more. */
  #lose(node: SpanNode): void {
    if (this.#waiting.has(node) && node.span !== undefined) this.#settle(node.span, node)
  }

  #count(countedOn: Above, node: SpanNode): void {
    if (isCall(node.role)) this.#wait(countedOn, node)
    this.#countOpen(countedOn, node)
  }

  #countOpen(countedOn: Above, above: Above): void {
    above.wasCounted = true
    for (let node = above.latestOpen; node !== undefined; node = above.latestOpen) {
      unlink(above, node)
      this.#count(countedOn, node)
    }
  }

  #wait(countedOn: Above, node: SpanNode): void {
    if (isTold(node) || node.around.some(isTold)) return
    const now = Date.now()
    for (const oldest of this.#waiting) {
      const isYoung = now - (oldest.countedAt ?? 0) < PATIENCE_MILLISECONDS
      if (isYoung && this.#waiting.size < MAXIMUM_WAITING) break
      this.#lose(oldest)
    }
    node.countedOn = countedOn
    node.countedAt = now
    countedOn.unfinishedCalls++
    addMissing(node, 1)
    this.#waiting.add(node)
    // From now on the span is the garbage collector's.
    const { span } = node
    if (span === undefined) return
    this.#collected?.register(span, node)
    node.span = likenessOf(span, node)
  }
}

function unlink(above: Above, node: SpanNode): void {
  const { older, newer } = node
  if (newer !== undefined) newer.older = older
  else if (above.latestOpen === node) above.latestOpen = older
  else return
  if (older !== undefined) older.newer = newer
  node.older = undefined
  node.newer = undefined
  above.openSpans--
}

/** Whether a call is charged, or will be. */
function isTold({ charge, countedOn }: SpanNode): boolean {
  return charge !== undefined || countedOn !== undefined
}

/** What a span says, without the span. Without a finish reason it broke off: its usage may stop short. */
function likenessOf(span: SpanLike, { scope }: SpanNode): SpanLike {
  const { name, startTime, attributes, events } = span
  const { droppedAttributesCount } = span as { droppedAttributesCount?: unknown }
  const ids = span.spanContext()
  // Where the SDK dropped or cut attributes, usage and payer are in doubt as on the span itself.
  const limits = { droppedAttributesCount, _attributeValueLengthLimit: valueLimitOf(span) }
  return {
    ...limits,
    name,
    startTime,
    attributes,
    events,
    instrumentationScope: { name: scope },
    spanContext: () => ids,
    get status() {
      const { 'ai.response.finishReason': reason, 'gen_ai.response.finish_reasons': reasons } =
        attributes
      return { code: reason === undefined && reasons === undefined ? ERROR : 0 }
    },
  }
}
