import { isCall } from '../conventions/model-call.ts'
import type { SpanLike } from '../span/span.ts'
import { addMissing, settleRole } from './rollup.ts'
import { identityOf, snapshotOf } from './span-snapshot.ts'
import { createOpenChildren, type OpenChildren, type SpanNode } from './span-node.ts'

/** Open spans that are held below one span, or below none. Older ones are left to the garbage collector. */
const MAXIMUM_HELD = 32

/** How long a call may go on after the span above it has ended, and how many such calls are waited for. */
const MAXIMUM_WAIT_MILLISECONDS = 600_000
const MAXIMUM_WAITING = 10_000

export interface OpenSpansOptions {
  /** Charges a call whose span does not end, from its span or from a snapshot of it. */
  readonly settle: (span: SpanLike, node: SpanNode) => void
  /** The span was collected by the garbage collector, so it can never end. */
  readonly collected: (node: SpanNode) => void
}

/**
 * Finds calls whose span never ends, as that of an aborted stream in AI SDK 4 to 6. When a span ends, the calls that are
 * still open below it are counted on it; most end a little later. The others are charged when the garbage collector
 * takes their span, when they have waited for ten minutes, or at the shutdown.
 *
 * Every operation takes constant time, however many requests are open (docs/decisions/0016).
 */
export class OpenSpans {
  readonly #options: OpenSpansOptions
  /** Calls that had not ended when a span above them ended. Their spans are not held. */
  readonly #waiting = new Set<SpanNode>()
  /** The list of AI spans that have no AI span above them. */
  readonly roots: OpenChildren = createOpenChildren()
  // Some edge runtimes have none.
  readonly #registry =
    typeof FinalizationRegistry === 'undefined'
      ? undefined
      : new FinalizationRegistry<SpanNode>((node) => this.#collect(node))

  constructor(options: OpenSpansOptions) {
    this.#options = options
  }

  /** Notes a span that has started. */
  started(span: SpanLike, node: SpanNode): void {
    // A processor that is registered twice sees every span start twice. By then a snapshot may have replaced the span.
    if (node.isHeld || node.span !== undefined || node.ended) return
    node.span = span
    node.isHeld = true
    const { top } = node
    const above = top ?? node.parent
    if (above?.wasCounted) {
      this.#count(above, node)
      return
    }
    if (top) linkToTop(top, node)
    const list = this.#listOf(node)
    link(list, node)
    if (list.held > MAXIMUM_HELD && list.oldestHeld) this.#letGo(list, list.oldestHeld)
  }

  /** Notes a span that ends, also one that was counted as unfinished. */
  ended(node: SpanNode): void {
    const { countedOn } = node
    if (!countedOn) {
      this.#unlink(node)
      node.span = undefined
      return
    }
    node.span = undefined
    countedOn.unfinishedCalls--
    node.countedOn = undefined
    addMissing(node, -1)
    this.#waiting.delete(node)
  }

  /** Counts the calls that are still open below an AI span that ends. */
  countBelow(node: SpanNode): void {
    this.#countOpen(node, node)
  }

  /** Counts the calls that are still open below a span of another instrumentation that ends. */
  countBelowTop(top: OpenChildren): void {
    top.wasCounted = true
    for (let root = top.latestOpen; root; root = top.latestOpen) this.#count(top, root)
  }

  /** Waits for the answer of a call that has ended before it, unless another span carries the call. */
  awaitAnswer(span: SpanLike, node: SpanNode): void {
    if (typeof node.answer !== 'function') return
    node.span = span
    this.#wait(node, node)
  }

  /** Charges all calls that are open, for no span will end any more. */
  release(): void {
    for (let root = this.roots.latestOpen; root; root = this.roots.latestOpen) {
      this.#count(root.top ?? root, root)
    }
    for (const node of this.#waiting) this.#abandon(node)
  }

  #listOf({ parent, top }: SpanNode): OpenChildren {
    return top === undefined ? (parent ?? this.roots) : this.roots
  }

  #unlink(node: SpanNode): void {
    unlink(this.#listOf(node), node)
    if (node.top) unlinkFromTop(node.top, node)
  }

  /** Leaves the oldest of many open spans to the garbage collector, which it may have been lost to. */
  #letGo(list: OpenChildren, node: SpanNode): void {
    const { span } = node
    if (this.#registry === undefined || span === undefined) {
      this.#count(node.top ?? node.parent ?? node, node)
      return
    }
    list.oldestHeld = node.newer
    list.held--
    node.isHeld = false
    // Of a call it keeps the operation, provider and model; most spans get their usage only when the call ends.
    node.span = isCall(node.role) || node.isLate ? identityOf(span, node.scope) : undefined
    this.#registry.register(span, node)
  }

  /** The garbage collector has taken the span. */
  #collect(node: SpanNode): void {
    if (node.ended) return
    settleLateRole(node)
    const { span } = node
    if (span !== undefined) this.#options.settle(span, node)
    this.#unlink(node)
    this.#countOpen(node.top ?? node.parent ?? node, node)
    this.#options.collected(node)
  }

  /** The call is not waited for any longer. */
  #abandon(node: SpanNode): void {
    if (node.span !== undefined) this.#options.settle(node.span, node)
  }

  #count(countedOn: OpenChildren, node: SpanNode): void {
    this.#unlink(node)
    settleLateRole(node)
    if (isCall(node.role)) this.#wait(countedOn, node)
    this.#countOpen(countedOn, node)
  }

  #countOpen(countedOn: OpenChildren, above: OpenChildren): void {
    above.wasCounted = true
    for (let node = above.latestOpen; node; node = above.latestOpen) this.#count(countedOn, node)
  }

  #wait(countedOn: OpenChildren, node: SpanNode): void {
    if (isCharged(node) || node.enclosingCalls.some(isCharged)) return
    const { span, isHeld } = node
    if (isHeld && span !== undefined && node.answer === 'over') {
      // All that the call used is known already. Its span is awaited only to know that it has gone.
      this.#options.settle(span, node)
    } else {
      const now = Date.now()
      for (const oldest of this.#waiting) {
        const isYoung = now - (oldest.countedAt ?? 0) < MAXIMUM_WAIT_MILLISECONDS
        if (isYoung && this.#waiting.size < MAXIMUM_WAITING) break
        this.#abandon(oldest)
      }
      node.countedOn = countedOn
      node.countedAt = now
      countedOn.unfinishedCalls++
      addMissing(node, 1)
      this.#waiting.add(node)
    }
    if (!isHeld || span === undefined) return
    node.isHeld = false
    this.#registry?.register(span, node)
    if (node.span !== undefined) node.span = snapshotOf(span, node.scope)
  }
}

function link(list: OpenChildren, node: SpanNode): void {
  const { latestOpen } = list
  node.older = latestOpen
  if (latestOpen) latestOpen.newer = node
  list.latestOpen = node
  list.oldestHeld ??= node
  list.held++
}

function unlink(list: OpenChildren, node: SpanNode): void {
  const { older, newer } = node
  if (newer !== undefined) newer.older = older
  else if (list.latestOpen === node) list.latestOpen = older
  else return
  if (older !== undefined) older.newer = newer
  if (list.oldestHeld === node) list.oldestHeld = newer
  if (node.isHeld) list.held--
  node.older = undefined
  node.newer = undefined
}

function linkToTop(top: OpenChildren, node: SpanNode): void {
  const { latestOpen } = top
  node.olderOfTop = latestOpen
  if (latestOpen) latestOpen.newerOfTop = node
  top.latestOpen = node
}

function unlinkFromTop(top: OpenChildren, node: SpanNode): void {
  const { olderOfTop, newerOfTop } = node
  if (newerOfTop !== undefined) newerOfTop.olderOfTop = olderOfTop
  else if (top.latestOpen === node) top.latestOpen = olderOfTop
  else return
  if (olderOfTop !== undefined) olderOfTop.newerOfTop = newerOfTop
  node.olderOfTop = undefined
  node.newerOfTop = undefined
}

/** The span of a call whose instrumentation writes late what it is has to be recognised before it ends. */
function settleLateRole(node: SpanNode): void {
  if (node.isLate && node.span !== undefined) settleRole(node, node.span.attributes)
}

/** Whether a call has a charge, or is counted and will have one. */
function isCharged({ charge, countedOn }: SpanNode): boolean {
  return charge !== undefined || countedOn !== undefined
}
