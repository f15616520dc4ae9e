import type { Context } from '@opentelemetry/api'
import { assertBackends } from '../backends/backend.ts'
import { createSpanCharger } from '../charge/charge.ts'
import { ChargeReports } from '../diagnostics/charge-reports.ts'
import { warn } from '../diagnostics/messages.ts'
import { removePart } from '../diagnostics/set-up-state.ts'
import { carriesUsage } from '../diagnostics/unread-usage.ts'
import { watchSetUp } from '../diagnostics/watch-set-up.ts'
import { Duplicates } from '../duplicates/duplicates.ts'
import { removeCopiedCosts } from '../enrich/attributes.ts'
import { Enricher } from '../enrich/enrich-span.ts'
import { rejectUnknown } from '../invalid-option.ts'
import { createRedactor } from '../privacy/redactor.ts'
import { createMark, markStarted, type SpanMark } from '../span/enriched.ts'
import type { SpanLike } from '../span/span.ts'
import { createReporter, type Reporter } from '../warnings/reporter.ts'
import { ChargeCallbacks } from './charge-callbacks.ts'
import { DeferredEnds } from './vercel-otel-ends.ts'
import { OpenSpans } from './open-spans.ts'
import type { CostSpanProcessorOptions } from './processor-options.ts'
import { Settlement } from './settlement.ts'
import { SpanAttribution } from './span-attribution.ts'
import { SpanTree } from './span-tree.ts'

/**
 * An OpenTelemetry span processor that writes the cost of each AI call, and its user, onto the span of the call. It
 * exports nothing itself. It fits the OTel SDK 1.x, 2.x and 3.x and `@vercel/otel`. Where the SDK calls `onEnding`
 * (2.3 and later) the order of processors does not matter; elsewhere put it first.
 *
 * @throws TypeError if an option is malformed, naming the option.
 *
 * @example
 * ```ts
 * import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
 * import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
 * import { CostSpanProcessor } from 'costspan'
 *
 * const provider = new BasicTracerProvider({
 *   spanProcessors: [new CostSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())],
 * })
 * ```
 */
export class CostSpanProcessor {
  readonly #reporter: Reporter
  readonly #reports: ChargeReports
  readonly #tree: SpanTree
  readonly #duplicates: Duplicates
  readonly #openSpans: OpenSpans
  readonly #settlement: Settlement
  readonly #mark = createMark()
  readonly #callMark: SpanMark
  readonly #deferredEnds = new DeferredEnds(() => warn(this.#reporter, 'tooManyDeferred'))

  constructor(options: CostSpanProcessorOptions = {}) {
    rejectUnknown(options, 'options', ['prices', 'onCharge', 'privacy', 'backends', 'warnings'])
    const { prices, onCharge, privacy, backends = [] } = options
    assertBackends(backends)
    const redactor = createRedactor(privacy)
    const charge = createSpanCharger({ prices }, redactor.callName)
    const attribution = new SpanAttribution(redactor)
    const callbacks = new ChargeCallbacks(onCharge)
    this.#reporter = createReporter(options.warnings)
    this.#reports = new ChargeReports(this.#reporter, redactor, this)
    this.#tree = new SpanTree(attribution)
    this.#duplicates = new Duplicates((warning) => warn(this.#reporter, warning))
    this.#openSpans = new OpenSpans({
      settle: (snapshot, node) => this.#settlement.settleUnended(snapshot, node),
      collected: (node) => this.#tree.end(node),
    })
    this.#settlement = new Settlement({
      charge,
      attribution,
      tree: this.#tree,
      duplicates: this.#duplicates,
      openSpans: this.#openSpans,
      reports: this.#reports,
      reporter: this.#reporter,
      callbacks,
      enricher: new Enricher(redactor, backends, this.#reporter),
    })
    this.#callMark = createMark((span, stated, readSoFar) =>
      this.#settlement.complete(span, stated, readSoFar),
    )
    watchSetUp({
      owner: this,
      hasAiSpans: () => this.#tree.hasOpenSpans || this.#reports.hasCharged,
      attributionAt: (from) => this.#tree.attributionAt(from),
      openBelow: (from) => this.#tree.openBelow(from, this.#openSpans.roots),
    })
  }

  /** Notes the attribution that the span inherits. */
  onStart(span: SpanLike, parentContext: Context): void {
    try {
      const node = this.#tree.start(span, parentContext)
      if (node === undefined) return
      this.#openSpans.started(span, node)
      if (node.role === undefined) return
      if (node.call !== undefined) this.#deferredEnds.watch(span, node)
      this.#duplicates.start(span, node)
      markStarted(span, node.call === undefined ? this.#mark : this.#callMark)
    } catch (error) {
      this.#reporter.failed('onStart', error)
    }
  }

  /** Runs before the `onEnd` of any processor, so that all of them see the cost. */
  onEnding(span: SpanLike): void {
    this.#deferredEnds.noteOnEnding()
    const node = this.#tree.getEnding(span)
    if (node !== undefined) {
      this.#settlement.settle(span, node, 'onEnding')
      return
    }
    removeCopiedCosts(span)
    this.#settlement.settleTop(span, 'onEnding')
  }

  /** For hosts that do not call `onEnding`, such as `@vercel/otel` and SDK 1.x. */
  onEnd(span: SpanLike): void {
    const node = this.#tree.get(span)
    if (node !== undefined) {
      this.#settlement.settle(span, node, 'onEnd')
    } else {
      if (!this.#deferredEnds.hostCallsOnEnding) removeCopiedCosts(span)
      this.#settlement.settleTop(span, 'onEnd')
    }
    if (node === undefined || node.role === undefined) this.#lookForUsage(span)
  }

  /** Resolves at once: the processor buffers nothing. */
  forceFlush(): Promise<void> {
    return Promise.resolve()
  }

  /** Ends the spans whose end was deferred, and charges the calls that have not ended. */
  shutdown(): Promise<void> {
    this.#reporter.attempt('shutdown', () => removePart(this))
    this.#reporter.attempt('shutdown', () => this.#deferredEnds.release())
    this.#reporter.attempt('shutdown', () => this.#openSpans.release())
    return Promise.resolve()
  }

  /** Looks for usage on a span that is no AI span by any rule. */
  #lookForUsage(span: SpanLike): void {
    try {
      if (!this.#tree.isUnknown(span) || !carriesUsage(span.attributes)) return
      this.#reports.unread(span, this.#tree.isCountedBeside(span))
    } catch (error) {
      this.#reporter.failed('onEnd', error)
    }
  }
}
