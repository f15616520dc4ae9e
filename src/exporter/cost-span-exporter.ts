/**
 * An exporter that writes costs, for set-ups that take an exporter and no span processor.
 *
 * @module
 */
import {
  toPublicAttribution,
  withoutCut,
  type Attribution,
  type StatedAttribution,
} from '../attribution/attribution.ts'
import { assertBackends } from '../backends/backend.ts'
import { readAttribution } from '../attribution/stated-attribution.ts'
import { isCall } from '../conventions/model-call.ts'
import {
  createSpanCharger,
  withoutDuplicate,
  type Charge,
  type SpanCharger,
} from '../charge/charge.ts'
import { Duplicates } from '../duplicates/duplicates.ts'
import { invalidOption, hasMethod, rejectUnknown } from '../invalid-option.ts'
import { redactAttributes } from '../privacy/redact-attributes.ts'
import { createRedactor, type Redactor } from '../privacy/redactor.ts'
import { ChargeCallbacks, type OnCharge } from '../processor/charge-callbacks.ts'
import { isForeign } from '../processor/foreign-scopes.ts'
import type { CostSpanProcessorOptions } from '../processor/processor-options.ts'
import { ChargeReports } from '../diagnostics/charge-reports.ts'
import { createReporter, type Reporter } from '../warnings/reporter.ts'
import { warn } from '../diagnostics/messages.ts'
import { addPart, removePart } from '../diagnostics/set-up-state.ts'
import { carriesUsage } from '../diagnostics/unread-usage.ts'
import { isEnriched } from '../span/enriched.ts'
import { valueLimitOf, type SpanLike } from '../span/span.ts'
import { removeCosts } from '../enrich/attributes.ts'
import { Enricher } from '../enrich/enrich-span.ts'
import { copyOf } from './copy-span.ts'
import { exportedSpan, ExportedSpans, type ExportedSpan } from './exported-spans.ts'

/**
 * The part of an OpenTelemetry `SpanExporter` that is decorated.
 *
 * @typeParam Span the spans that it takes: `ReadableSpan` of the installed SDK.
 * @typeParam Result what its callback receives: `ExportResult` of the installed SDK.
 */
export interface SpanExporterLike<Span, Result> {
  /** Sends ended spans, and calls back with the result. */
  export(spans: Span[], resultCallback: (result: Result) => void): void
  /** Sends what is buffered, and stops. */
  shutdown(): Promise<void>
  /** Sends what is buffered. */
  forceFlush?(): Promise<void>
}

/** The options of `CostSpanProcessor`, with another moment of `onCharge`. */
export interface CostSpanExporterOptions extends Omit<CostSpanProcessorOptions, 'onCharge'> {
  /**
   * A function, or several, to call once for every model call that is exported and that no `CostSpanProcessor` has
   * charged before, priced or not. They run inside `export()`. An error or rejection is caught and reported once. If
   * several exporters or processors share a function, it runs once for each call.
   */
  readonly onCharge?: OnCharge | readonly OnCharge[] | undefined
}

/**
 * Decorates any exporter: what passes through carries cost and user. For where only an exporter
 * can be given; prefer `CostSpanProcessor`, which also inherits the user from parent spans and
 * `withAttribution` and sums up on the spans above. Here the user is the one that the span itself
 * states. Spans are shared between exporters, so copies are enriched. Spans that a
 * `CostSpanProcessor` has enriched pass unchanged, except for a `privacy` that is set here.
 *
 * @typeParam Span the spans of the decorated exporter.
 * @typeParam Result the result of the decorated exporter.
 * @throws TypeError if the exporter or an option is malformed.
 *
 * @example
 * ```ts
 * import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
 * import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
 * import { CostSpanExporter } from 'costspan/exporter'
 *
 * const processor = new BatchSpanProcessor(new CostSpanExporter(new OTLPTraceExporter()))
 * ```
 */
export class CostSpanExporter<Span extends SpanLike, Result> implements SpanExporterLike<
  Span,
  Result
> {
  readonly #exporter: SpanExporterLike<Span, Result>
  readonly #charge: SpanCharger
  readonly #callbacks: ChargeCallbacks
  readonly #redactor: Redactor
  readonly #enricher: Enricher
  /** A processor redacts by its own `privacy`; one that is set here applies to enriched spans too. */
  readonly #redactsEnriched: boolean
  readonly #spans = new ExportedSpans()
  readonly #duplicates: Duplicates
  readonly #reporter: Reporter
  readonly #reports: ChargeReports

  /** @param exporter the exporter that sends the spans. */
  constructor(exporter: SpanExporterLike<Span, Result>, options: CostSpanExporterOptions = {}) {
    if (!hasMethod(exporter, 'export')) {
      throw invalidOption('exporter', 'a span exporter', exporter)
    }
    rejectUnknown(options, 'options', ['prices', 'onCharge', 'privacy', 'backends', 'warnings'])
    this.#exporter = exporter
    this.#redactor = createRedactor(options.privacy)
    this.#charge = createSpanCharger({ prices: options.prices }, this.#redactor.callName)
    this.#callbacks = new ChargeCallbacks(options.onCharge)
    const { backends = [] } = options
    assertBackends(backends)
    this.#redactsEnriched = options.privacy !== undefined
    this.#reporter = createReporter(options.warnings)
    this.#reports = new ChargeReports(this.#reporter, this.#redactor)
    this.#enricher = new Enricher(this.#redactor, backends, this.#reporter)
    this.#duplicates = new Duplicates((warning) => warn(this.#reporter, warning))
    // It sees spans late, so it does not know whether there are any.
    addPart({ owner: this, hasAiSpans: () => true })
  }

  /** Passes the spans on; copies of AI spans, with cost and attribution, replace them. Never throws of its own. */
  export(spans: Span[], resultCallback: (result: Result) => void): void {
    this.#exporter.export(this.#enrichedBatch(spans), resultCallback)
  }

  /** Shuts the decorated exporter down. */
  shutdown(): Promise<void> {
    this.#reporter.attempt('shutdown', () => removePart(this))
    return this.#exporter.shutdown()
  }

  /** Flushes the decorated exporter. */
  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush?.() ?? Promise.resolve()
  }

  /** All spans of a batch are added first, then its calls are decided: so their order within a batch does not matter. */
  #enrichedBatch(batch: readonly Span[]): Span[] {
    const added = batch.map((span) => this.#add(span))
    const enriched: Span[] = [...batch]
    // Of two spans of one call either may come first, and one of them shows more.
    for (const rank of added.some(isRanked) ? Object.values(Rank) : [Rank.other]) {
      for (const [index, one] of added.entries()) {
        if ((one?.rank ?? Rank.other) !== rank) continue
        enriched[index] = this.#enriched(batch[index] as Span, one?.exported)
      }
    }
    return enriched
  }

  #add(span: Span): AddedSpan | undefined {
    try {
      const exported = exportedSpan(span)
      this.#spans.add(exported)
      return { exported, rank: Rank[this.#duplicates.expect(span, exported.scope) ?? 'other'] }
    } catch {
      // It fails again, and is reported, where it is enriched.
      return undefined
    }
  }

  #enriched(span: Span, exported: ExportedSpan | undefined): Span {
    try {
      return this.#enrich(span, exported ?? exportedSpan(span))
    } catch (error) {
      this.#reporter.failed('export', error)
      return this.#redacted(span)
    }
  }

  /** A span that is not enriched here leaves without ids that must be redacted. */
  #redacted(span: Span): Span {
    try {
      if (Object.keys(span.attributes).length === 0) return span
      const { dropContent } = this.#redactor
      return copyOf(span, dropContent !== undefined, (copy) => {
        if (!isEnriched(span)) removeCosts(copy.attributes)
        this.#reporter.attempt('export', () => redactAttributes(copy.attributes, this.#redactor))
        if (dropContent) this.#reporter.attempt('export', () => dropContent(copy))
      })
    } catch {
      return span
    }
  }

  #enrich(span: Span, exported: ExportedSpan): Span {
    const { role, scope } = exported
    if (role === undefined) {
      if (!isForeign(scope) && carriesUsage(span.attributes)) {
        this.#reports.unread(span, this.#spans.isCountedBeside(exported))
      }
      return span
    }
    if (isEnriched(span)) return this.#redactsEnriched ? this.#redacted(span) : span
    const attribution = this.#attributionOf(span)
    const charge = isCall(role)
      ? this.#chargeOf(span, toPublicAttribution(attribution), exported)
      : undefined
    const carriedByAnotherSpan = charge === undefined && isCall(role)
    const facts = { ...onlyOneSpan, role, attribution, charge, carriedByAnotherSpan }
    return copyOf(span, this.#redactor.dropContent !== undefined, (copy) =>
      this.#enricher.enrich(copy, facts, 'export'),
    )
  }

  #attributionOf(span: Span): StatedAttribution {
    const stated = readAttribution(span.attributes, false)
    return this.#redactor.attribution(withoutCut(stated, valueLimitOf(span)))
  }

  #chargeOf(span: Span, attribution: Attribution, exported: ExportedSpan): Charge | undefined {
    const charge = this.#charge(span, attribution, 0)
    if (charge === undefined) return undefined
    this.#spans.prepare(exported, charge)
    const decision = this.#duplicates.decide(span, exported, charge, true)
    this.#spans.settle(exported, decision)
    if (decision === 'recorded twice') return withoutDuplicate(charge)
    if (decision === 'carried') return undefined
    this.#callbacks.call(span, charge, this.#reporter)
    this.#reports.charged(charge, span)
    return charge
  }
}

/** An exporter redacts each span, and knows no boundary around it, no incoming baggage and no sums of calls below. */
const onlyOneSpan = {
  guarded: true,
  boundary: undefined,
  baggage: undefined,
  pricedCalls: 0,
  rollupUsd: 0,
  missingCalls: 0,
  unfinishedCalls: 0,
}

/** A span of a batch, and when it is decided. */
interface AddedSpan {
  readonly exported: ExportedSpan
  readonly rank: number
}

/** In which order the spans of a batch are decided: what shows most first. */
const Rank = { anthropic: 0, other: 1, sentry: 2 } as const

function isRanked(added: AddedSpan | undefined): boolean {
  return added !== undefined && added.rank !== Rank.other
}
