import { toPublicAttribution } from '../attribution/attribution.ts'
import { withoutDuplicate, type Charge, type SpanCharger } from '../charge/charge.ts'
import { withoutEnd } from '../charge/compute-outcome.ts'
import type { ChargeReports } from '../diagnostics/charge-reports.ts'
import type { Duplicates } from '../duplicates/duplicates.ts'
import { writeUnfinishedCalls } from '../enrich/attributes.ts'
import { isUnchanged, type Enricher } from '../enrich/enrich-span.ts'
import type { ReadSoFar, StatedAttributes } from '../span/enriched.ts'
import type { SpanLike } from '../span/span.ts'
import * as Unseen from '../usage/unseen.ts'
import type { Reporter } from '../warnings/reporter.ts'
import { AttributeShapes } from './attribute-shapes.ts'
import { isDoubtful, sweep } from './baggage-copies.ts'
import type { ChargeCallbacks } from './charge-callbacks.ts'
import type { OpenSpans } from './open-spans.ts'
import { addMissing, mayBeNested, rollUp, settleRole } from './rollup.ts'
import type { SpanAttribution } from './span-attribution.ts'
import type { SpanNode } from './span-node.ts'
import type { SpanTree } from './span-tree.ts'

/** What a settlement works with; all of it belongs to one processor. */
export interface SettlementParts {
  readonly charge: SpanCharger
  readonly attribution: SpanAttribution
  readonly tree: SpanTree
  readonly duplicates: Duplicates
  readonly openSpans: OpenSpans
  readonly reports: ChargeReports
  readonly reporter: Reporter
  readonly callbacks: ChargeCallbacks
  readonly enricher: Enricher
}

/** Settles a span: reads its attribution, charges its call, and writes both. The one way for a span that ends or never does. */
export class Settlement {
  readonly #parts: SettlementParts
  readonly #shapes = new AttributeShapes()

  constructor(parts: SettlementParts) {
    this.#parts = parts
  }

  /** Settles a span that ends. When another hook, or another processor, has changed it since, writes again. */
  settle(span: SpanLike, node: SpanNode, hook: string): void {
    const { tree, openSpans, enricher, reporter } = this.#parts
    if (node.ended) {
      if (node.role !== undefined && !isUnchanged(span, node)) enricher.enrich(span, node, hook)
      return
    }
    this.#settleAttribution(span, node, hook)
    try {
      if (node.copied !== undefined) sweep(node.copied)
      if (node.isLate) settleRole(node, span.attributes)
      tree.end(node)
      openSpans.ended(node)
      if (node.call !== undefined) {
        const charge = this.#chargeOf(span, node)
        // The span shows what the answer comes to so far. The call is charged once the answer is over.
        if (charge?.usd !== undefined) openSpans.awaitAnswer(span, node)
        if (node.countedOn) node.charge = charge
        else this.#settleCall(span, node, charge)
      }
      openSpans.countBelow(node)
      if (node.role === undefined) this.settleTop(span, hook)
    } catch (error) {
      reporter.failed(hook, error)
    }
    enricher.enrich(span, node, hook)
    if (node.role !== undefined) this.#shapes.note(span.attributes)
  }

  /** Writes onto a span of another instrumentation, right above AI spans, how many calls below have not ended. */
  settleTop(span: SpanLike, hook: string): void {
    const { tree, openSpans, reporter } = this.#parts
    const top = tree.top(span)
    if (top === undefined) return
    try {
      openSpans.countBelowTop(top)
      writeUnfinishedCalls(span.attributes, top.unfinishedCalls)
    } catch (error) {
      reporter.failed(hook, error)
    }
  }

  /** Settles a call whose span does not end, by a snapshot of the span. */
  settleUnended(snapshot: SpanLike, node: SpanNode): void {
    const { openSpans, reporter } = this.#parts
    reporter.attempt('onEnd', () => {
      // A call that waits has an interim one.
      if (node.countedOn) node.charge = undefined
      openSpans.ended(node)
      if (typeof node.answer === 'function') write(node.answer(), snapshot.attributes)
      this.#settleAttribution(snapshot, node, 'onEnd')
      const charge = this.#chargeOf(snapshot, node)
      if (charge === undefined) return
      this.#settleCall(snapshot, node, node.ended ? charge : withoutEnd(charge))
    })
  }

  /**
   * Takes what the answer of a call states, read by `costspan/clients` where it arrived. Nothing waits for it: if the span
   * has ended before the answer, or will never end, or was charged for an attempt that failed, the call is charged now.
   */
  complete(span: SpanLike, stated: StatedAttributes, readSoFar: ReadSoFar | undefined): void {
    const { tree, enricher, reporter } = this.#parts
    const node = tree.nodeOf(span)
    if (node === undefined) return
    reporter.attempt('onEnd', () => {
      const source = node.span ?? span
      write(stated, span.attributes)
      // An open call beyond the latest is known by its identity alone.
      if (source.attributes !== span.attributes) write(stated, source.attributes)
      node.answer = readSoFar ?? 'over'
      if (readSoFar || !(node.ended || node.countedOn || node.charge)) return
      this.settleUnended(source, node)
      if (node.ended) enricher.enrich(span, node, 'onEnd')
    })
  }

  /** An attribution that cannot be read does not keep a call from its charge. */
  #settleAttribution({ attributes }: SpanLike, node: SpanNode, hook: string): void {
    try {
      this.#parts.attribution.settle(node, attributes)
    } catch (error) {
      this.#parts.reporter.failed(hook, error)
    }
  }

  #chargeOf(span: SpanLike, node: SpanNode): Charge | undefined {
    const { copied } = node
    const doubts = copied !== undefined && isDoubtful(copied) ? Unseen.overwritten : 0
    return this.#parts.charge(span, toPublicAttribution(node.attribution), doubts, node.origin)
  }

  #settleCall(span: SpanLike, node: SpanNode, charge: Charge | undefined): void {
    if (charge === undefined || node.carriedByAnotherSpan) return
    if (node.charge !== undefined) {
      // It was abandoned, and has ended after all: it is charged once more if its cost is known only now.
      if (charge.usd === undefined || node.charge.usd !== undefined) return
      addMissing(node, -1)
    }
    const { duplicates, callbacks, reporter, reports } = this.#parts
    const decision = duplicates.decide(span, node, charge, mayBeNested(node))
    if (decision === 'carried') {
      node.carriedByAnotherSpan = true
      return
    }
    if (decision === 'recorded twice') {
      node.charge = withoutDuplicate(charge)
      return
    }
    rollUp(node, charge)
    // First: a warning, a counter or a logger that fails takes no charge away.
    callbacks.call(span, charge, reporter)
    reports.charged(charge, span)
  }
}

/** `undefined` takes an attribute off: an earlier event of the answer, or an attempt that was refused, stated it. */
function write(stated: StatedAttributes, attributes: SpanLike['attributes']): void {
  for (const name in stated) {
    const value = stated[name]
    if (value !== undefined) attributes[name] = value
    else if (name in attributes) delete attributes[name]
  }
}
