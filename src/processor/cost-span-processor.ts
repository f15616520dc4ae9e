import type { Context } from '@opentelemetry/api'
import { toPublicAttribution } from '../attribution/attribution.ts'
import { assertBackends, type Backend } from '../backends/backend.ts'
import {
  createSpanCharger,
  withoutDuplicate,
  type Charge,
  type SpanCharger,
  type ChargerOptions,
} from '../charge/charge.ts'
import { withoutEnd } from '../charge/compute-outcome.ts'
import { Duplicates } from '../duplicates/duplicates.ts'
import { invalidOption, rejectUnknown } from '../invalid-option.ts'
import { createRedactor, type PrivacyOptions } from '../privacy/redactor.ts'
import { ChargeReports } from '../diagnostics/charge-reports.ts'
import { createReporter, type Reporter } from '../warnings/reporter.ts'
import { carriesUsage } from '../diagnostics/unread-usage.ts'
import { warn } from '../diagnostics/messages.ts'
import type { SpanLike } from '../span/span.ts'
import { writeUnfinishedCalls, removeCopiedCosts } from '../enrich/attributes.ts'
import { Enricher, isUnchanged } from '../enrich/enrich-span.ts'
import * as Unseen from '../usage/unseen.ts'
import { isDoubtful, sweep } from './baggage-copies.ts'
import { ChargeCallbacks, type OnCharge } from './charge-callbacks.ts'
import { DeferredEnds } from './deferred-end.ts'
import { SpanTree } from './span-tree.ts'
import { addMissing, mayBeNested, rollUp, settleRole } from './rollup.ts'
import type { SpanNode } from './span-node.ts'
import { OpenSpans } from './open-spans.ts'

export interface CostSpanProcessorOptions extends ChargerOptions {
  /**
   * A function, or several, to call once for every model call that ends, priced or not. They run inside `span.end()`:
   * keep them quick. An error or rejection is caught and reported once. For a call whose span does not end they run
   * later, usually with the status `unknown_usage`; if it ends after all, with a cost, they run again, with the same ids.
   * If several processors or exporters share a function, it runs once for each call.
   */
  readonly onCharge?: OnCharge | readonly OnCharge[] | undefined
  /**
   * What becomes of ids that look personal, and of content.
   * @defaultValue ids that look personal are omitted; content stays.
   */
  readonly privacy?: PrivacyOptions | undefined
  /**
   * For whom more than the canonical attributes is written, such as `[langfuse]` of `costspan/backends`.
   * @defaultValue `[]`
   */
  readonly backends?: readonly Backend[] | undefined
  /**
   * Where warnings go: the console, OpenTelemetry's `diag` (silent unless a logger is set), or a function, which gets
   * one line at a time. Of values of attributes a line holds names of models and providers, and, unless
   * `privacy.pseudonymize` is set, the name of the span, and of its function or agent, of a call without a user.
   * @defaultValue `'console'`
   */
  readonly warnings?: 'console' | 'diag' | ((message: string) => void) | undefined
}

/**
 * An OpenTelemetry span processor that writes what each AI call cost, and who pays, onto its
 * span. Exports nothing itself. Fits the OTel SDK 1.x, 2.x and 3.x and `@vercel/otel`; where
 * the SDK calls `onEnding` (2.3 and later) its place among the processors does not matter,
 * elsewhere put it first.
 *
 * @throws TypeError if an option is malformed, naming the option.
 *
 * @example
 * new NodeTracerProvider({
 *   spanProcessors: [new CostSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())],
 * })
 */
export class CostSpanProcessor {
  readonly #charge: SpanCharger
  readonly #callbacks: ChargeCallbacks
  readonly #tree: SpanTree
  readonly #deferredEnds = new DeferredEnds(() => warn(this.#reporter, 'tooManyDeferred'))
  readonly #openSpans = new OpenSpans({
    settle: (span, node) => this.#settleUnfinished(span, node),
    collected: (node) => this.#tree.end(node),
  })
  readonly #reporter: Reporter
  readonly #reports: ChargeReports
  readonly #duplicates: Duplicates
  readonly #enricher: Enricher

  constructor(options: CostSpanProcessorOptions = {}) {
    if (typeof options !== 'object' || options === null) {
      throw invalidOption('options', 'an object', options)
    }
    rejectUnknown(options, 'options', ['prices', 'onCharge', 'privacy', 'backends', 'warnings'])
    const { prices, onCharge, privacy, backends = [] } = options
    assertBackends(backends)
    this.#charge = createSpanCharger({ prices })
    const redactor = createRedactor(privacy)
    this.#tree = new SpanTree(redactor)
    this.#callbacks = new ChargeCallbacks(onCharge)
    this.#reporter = createReporter(options.warnings)
    this.#reports = new ChargeReports(this.#reporter, redactor, this)
    this.#enricher = new Enricher(redactor, backends, this.#reporter)
    this.#duplicates = new Duplicates((warning) => warn(this.#reporter, warning))
  }

  onStart(span: SpanLike, parentContext: Context): void {
    try {
      const node = this.#tree.start(span, parentContext)
      if (node === undefined) return
      this.#openSpans.started(span, node)
      if (node.role === undefined) return
      if (node.call !== undefined) this.#deferredEnds.watch(span, node)
      this.#duplicates.start(span, node)
    } catch (error) {
      this.#reporter.failed('onStart', error)
    }
  }

  /** Runs before any processor's `onEnd`, so everyone downstream sees the cost. */
  onEnding(span: SpanLike): void {
    this.#deferredEnds.noteOnEnding()
    const node = this.#tree.getEnding(span)
    if (node !== undefined) {
      this.#settle(span, node, 'onEnding')
      return
    }
    removeCopiedCosts(span)
    this.#settleTop(span, 'onEnding')
  }

  /** For hosts that do not call `onEnding`, such as `@vercel/otel` and SDK 1.x. */
  onEnd(span: SpanLike): void {
    const node = this.#tree.get(span)
    if (node !== undefined) this.#settle(span, node, 'onEnd')
    else {
      if (!this.#deferredEnds.hostCallsOnEnding) removeCopiedCosts(span)
      this.#settleTop(span, 'onEnd')
    }
    if (node === undefined || node.role === undefined) this.#lookForUsage(span)
  }

  /** Of a span that is no AI span by any rule. */
  #lookForUsage(span: SpanLike): void {
    try {
      if (!this.#tree.isUnknown(span) || !carriesUsage(span.attributes)) return
      this.#reports.unread(span, this.#tree.isCountedBeside(span))
    } catch (error) {
      this.#reporter.failed('onEnd', error)
    }
  }

  forceFlush(): Promise<void> {
    return Promise.resolve()
  }

  /** Ends the spans that still wait for their usage, and settles the calls that will not end. */
  shutdown(): Promise<void> {
    this.#carefully('shutdown', () => this.#tree.close())
    this.#carefully('shutdown', () => this.#deferredEnds.release())
    this.#carefully('shutdown', () => this.#openSpans.release())
    return Promise.resolve()
  }

  #settle(span: SpanLike, node: SpanNode, hook: string): void {
    if (node.ended) {
      if (node.role !== undefined && !isUnchanged(span, node))
        this.#enricher.enrich(span, node, hook)
      return
    }
    this.#settlePayer(span, node, hook)
    try {
      if (node.copied !== undefined) sweep(node.copied)
      if (node.isLate) settleRole(node, span.attributes)
      this.#tree.end(node)
      this.#openSpans.ended(node)
      if (node.call !== undefined) this.#settleCall(span, node, this.#chargeOf(span, node))
      this.#openSpans.countBelow(node)
      if (node.role === undefined) this.#settleTop(span, hook)
    } catch (error) {
      this.#reporter.failed(hook, error)
    }
    this.#enricher.enrich(span, node, hook)
  }

  /** A payer who cannot be read keeps no call from its charge. */
  #settlePayer({ attributes }: SpanLike, node: SpanNode, hook: string): void {
    try {
      this.#tree.settleAttribution(node, attributes)
    } catch (error) {
      this.#reporter.failed(hook, error)
    }
  }

  /** A span of somebody else right above AI spans: it says only which of them have not ended. */
  #settleTop(span: SpanLike, hook: string): void {
    const top = this.#tree.top(span)
    if (top === undefined) return
    this.#carefully(hook, () => {
      this.#openSpans.countBelowTop(top)
      writeUnfinishedCalls(span.attributes, top.unfinishedCalls)
    })
  }

  #settleUnfinished(likeness: SpanLike, node: SpanNode): void {
    this.#carefully('onEnd', () => {
      this.#openSpans.ended(node)
      this.#settlePayer(likeness, node, 'onEnd')
      const charge = this.#chargeOf(likeness, node)
      if (charge !== undefined) this.#settleCall(likeness, node, withoutEnd(charge))
    })
  }

  #carefully(hook: string, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#reporter.failed(hook, error)
    }
  }

  #chargeOf(span: SpanLike, node: SpanNode): Charge | undefined {
    const { copied } = node
    const doubts = copied !== undefined && isDoubtful(copied) ? Unseen.overwritten : 0
    return this.#charge(span, toPublicAttribution(node.attribution), doubts)
  }

  #settleCall(span: SpanLike, node: SpanNode, charge: Charge | undefined): void {
    if (charge === undefined) return
    if (node.carriedByAnotherSpan) return
    if (node.charge !== undefined) {
      // It was given up, and has ended after all: it counts once more if its cost is known only now.
      if (charge.usd === undefined || node.charge.usd !== undefined) return
      addMissing(node, -1)
    }
    const decision = this.#duplicates.decide(span, node, charge, mayBeNested(node))
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
    this.#callbacks.call(span, charge, this.#reporter)
    this.#reports.charged(charge, span)
  }
}
