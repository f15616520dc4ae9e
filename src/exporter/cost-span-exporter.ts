import {
  unattributed,
  toPublicAttribution,
  withoutCut,
  type Attribution,
} from '../attribution/attribution.ts'
import { assertBackends, writeBackendAttributes, type Backend } from '../backends/backend.ts'
import { readAttribution } from '../attribution/span-attribution.ts'
import { isCall, type SpanRole } from '../conventions/model-call.ts'
import { callIdentity, spanRole } from '../conventions/read-call.ts'
import { isAnthropicsOwn } from '../conventions/anthropic.ts'
import { recordingsOf } from '../conventions/integrations.ts'
import { isSentrysOwn } from '../duplicates/sentry-scope.ts'
import {
  createCharger,
  withoutDuplicate,
  type Charge,
  type Charger,
  type ChargerOptions,
} from '../charge/charge.ts'
import { evidenceOf, type Evidence } from '../duplicates/evidence.ts'
import { SideBySide } from '../duplicates/side-by-side.ts'
import { invalidOption, hasMethod, rejectUnknown } from '../invalid-option.ts'
import { redactAttributes } from '../privacy/redact-attributes.ts'
import { dropContent } from '../privacy/content.ts'
import { createRedactor, type PrivacyOptions, type Redactor } from '../privacy/redactor.ts'
import { isForeign } from '../processor/foreign-scopes.ts'
import { ChargeReports } from '../diagnostics/charge-reports.ts'
import { reportBeside, reportUnsure, type Duplicate } from '../diagnostics/duplicates.ts'
import { createReporter, type Reporter } from '../warnings/reporter.ts'
import { carriesUsage } from '../diagnostics/unread-usage.ts'
import { warn } from '../diagnostics/messages.ts'
import { parentSpanId, scopeName, valueLimitOf, type SpanLike } from '../span/span.ts'
import { isEnriched } from '../enrich/mark.ts'
import {
  writeAttribution,
  writeCarriedElsewhere,
  writeCharge,
  removeCosts,
} from '../enrich/attributes.ts'
import { CarriedCalls, type EndedSpan } from './duplicates.ts'
import { copyOf, type SpanCopy } from './copy-span.ts'

/** The part of an OpenTelemetry `SpanExporter` that is decorated. */
export interface SpanExporterLike<Span, Result> {
  export(spans: Span[], resultCallback: (result: Result) => void): void
  shutdown(): Promise<void>
  forceFlush?(): Promise<void>
}

export interface CostSpanExporterOptions extends ChargerOptions {
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
 * Decorates any exporter: what passes through carries cost and user. For where only an exporter
 * can be given; prefer `CostSpanProcessor`, which also inherits the user from parent spans and
 * `withAttribution` and sums up on the spans above. Here the user is the one that the span itself
 * states. Spans are shared between exporters, so copies are stamped. Spans that a
 * `CostSpanProcessor` has stamped pass unchanged, but for a `privacy` that is asked for here.
 *
 * @throws TypeError if the exporter or an option is malformed.
 *
 * @example
 * new BatchSpanProcessor(new CostSpanExporter(new OTLPTraceExporter()))
 */
export class CostSpanExporter<Span extends SpanLike, Result> implements SpanExporterLike<
  Span,
  Result
> {
  readonly #exporter: SpanExporterLike<Span, Result>
  readonly #charge: Charger
  readonly #redactor: Redactor
  readonly #backends: readonly Backend[]
  /** A processor had its own privacy; who asks for one here means it for all. */
  readonly #guardsStamped: boolean
  readonly #carried = new CarriedCalls()
  readonly #beside = new SideBySide(() => warn(this.#reporter, 'uncertainMatch'))
  readonly #reporter: Reporter
  readonly #reports: ChargeReports

  constructor(exporter: SpanExporterLike<Span, Result>, options: CostSpanExporterOptions = {}) {
    if (!hasMethod(exporter, 'export')) {
      throw invalidOption('exporter', 'a span exporter', exporter)
    }
    if (typeof options !== 'object' || options === null) {
      throw invalidOption('options', 'an object', options)
    }
    rejectUnknown(options, 'options', ['prices', 'privacy', 'backends', 'warnings'])
    this.#exporter = exporter
    this.#charge = createCharger({ prices: options.prices })
    this.#redactor = createRedactor(options.privacy)
    const { backends = [] } = options
    assertBackends(backends)
    this.#backends = backends
    this.#guardsStamped = options.privacy !== undefined
    this.#reporter = createReporter(options.warnings)
    this.#reports = new ChargeReports(this.#reporter, this.#redactor)
  }

  export(spans: Span[], resultCallback: (result: Result) => void): void {
    this.#exporter.export(this.#stampedBatch(spans), resultCallback)
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush?.() ?? Promise.resolve()
  }

  /** First all spans of a batch are made known, then its calls are charged: in a batch all orders are one. */
  #stampedBatch(batch: readonly Span[]): Span[] {
    let hasRecorders = false
    const announced = batch.map((span) => this.#announce(span))
    for (const one of announced) {
      if (one === undefined) continue
      if (one.ended.call === undefined) this.#carried.process(one.ended, undefined)
      if (one.rank !== Rank.other) hasRecorders = true
    }
    const stampOne = (index: number): Span => this.#stamped(batch[index] as Span, announced[index])
    if (!hasRecorders) return batch.map((_, index) => stampOne(index))
    // Of two spans of one call either may come first, and one of them shows more.
    const stamped: Span[] = [...batch]
    for (const rank of Object.values(Rank)) {
      for (const [index, one] of announced.entries()) {
        if ((one?.rank ?? Rank.other) === rank) stamped[index] = stampOne(index)
      }
    }
    return stamped
  }

  #announce(span: Span): Announced | undefined {
    try {
      const ended = endedSpan(span)
      const rank = rankOf(span)
      this.#carried.announce(ended)
      if (rank === Rank.anthropic) this.#beside.expectAnthropic()
      if (rank === Rank.sentry) this.#beside.expectSentry()
      return { ended, rank }
    } catch {
      // It fails again, and is reported, where it is stamped.
      return undefined
    }
  }

  #stamped(span: Span, announced: Announced | undefined): Span {
    try {
      return this.#stamp(span, announced?.ended ?? endedSpan(span))
    } catch (error) {
      this.#reporter.failed('export', error)
      return this.#withoutStamp(span)
    }
  }

  /** What could not be charged leaves without what may not be told. */
  #withoutStamp(span: Span): Span {
    try {
      if (Object.keys(span.attributes).length === 0) return span
      return copyOf(span, this.#redactor.dropContent, (copy) => {
        if (!isEnriched(span)) removeCosts(copy.attributes)
        this.#reporter.attempt('export', () => redactAttributes(copy.attributes, this.#redactor))
        if (this.#redactor.dropContent) this.#reporter.attempt('export', () => dropContent(copy))
      })
    } catch {
      return span
    }
  }

  #stamp(span: Span, ended: EndedSpan): Span {
    const { attributes } = span
    const { role, call, scope } = ended
    if (role === undefined && !isForeign(scope) && carriesUsage(attributes)) {
      this.#reports.unread(span, this.#carried.isCountedBeside(ended))
    }
    const isNew = role !== undefined && !isEnriched(span)
    const payer = isNew ? this.#payerOf(span) : unattributed
    const charge =
      call !== undefined && isNew
        ? this.#chargeOf(span, toPublicAttribution(payer), ended)
        : undefined
    if (call !== undefined && !isNew) this.#carried.process(ended, undefined)
    if (isNew) {
      const { dropContent: hasOwnEvents } = this.#redactor
      return copyOf(span, hasOwnEvents, (copy) => this.#write(copy, role, payer, charge))
    }
    return role !== undefined && this.#guardsStamped ? this.#withoutStamp(span) : span
  }

  #payerOf(span: Span): Attribution {
    const own = { ...span.attributes }
    removeCosts(own)
    return this.#redactor.attribution(withoutCut(readAttribution(own), valueLimitOf(span)))
  }

  /** Each step runs even if an earlier one failed, so that an id that must be redacted never leaves. */
  #write(copy: SpanCopy, role: SpanRole, payer: Attribution, charge: Charge | undefined): void {
    const { attributes } = copy
    this.#reporter.attempt('export', () => redactAttributes(attributes, this.#redactor))
    removeCosts(attributes)
    this.#reporter.attempt('export', () => writeAttribution(attributes, payer))
    if (charge !== undefined)
      this.#reporter.attempt('export', () => writeCharge(attributes, charge))
    else if (isCall(role)) writeCarriedElsewhere(attributes)
    const charged = { role, charge, attribution: toPublicAttribution(payer), attributes }
    writeBackendAttributes(this.#backends, charged, attributes, this.#reporter)
    if (this.#redactor.dropContent) this.#reporter.attempt('export', () => dropContent(copy))
  }

  #chargeOf(span: Span, payer: Attribution, ended: EndedSpan): Charge | undefined {
    const charge = this.#charge(span, payer)
    if (charge === undefined) {
      this.#carried.process(ended, undefined)
      return undefined
    }
    const evidence = evidenceOf(span, charge)
    const duplicate = this.#duplicateOf(span, charge, evidence, ended)
    if (duplicate === 'recorded twice') {
      this.#carried.process(ended, undefined)
      return withoutDuplicate(charge)
    }
    this.#carried.process(ended, { evidence, isCharged: duplicate === undefined })
    if (duplicate === 'carried') return undefined
    this.#reports.charged(charge, span)
    return charge
  }

  #duplicateOf(span: Span, charge: Charge, evidence: Evidence, ended: EndedSpan): Duplicate {
    const { agreement, isInside, isInsideAiSdk, isAroundOrInside } = this.#carried.match(
      ended,
      evidence,
    )
    if (agreement === 'unsure') reportUnsure(this.#reporter, charge, isInside)
    if (agreement === 'same' || agreement === 'unsure') return 'carried'
    if (recordingsOf(charge.call, span.attributes) === 0) {
      warn(this.#reporter, 'recordedTwice')
      return 'recorded twice'
    }
    const beside = this.#beside.find({
      span,
      charge,
      evidence,
      isInsideAiSdk,
      isAroundOrInside,
      openChat: undefined,
      generation: undefined,
    })
    return reportBeside(this.#reporter, agreement === 'forgotten' ? agreement : beside)
  }
}

/** A span of a batch, and when it is charged. */
interface Announced {
  readonly ended: EndedSpan
  readonly rank: number
}

/** In which order the spans of a batch are charged: what shows most first. */
const Rank = { anthropic: 0, other: 1, sentry: 2 } as const

function rankOf(span: SpanLike): number {
  if (isAnthropicsOwn(scopeName(span))) return Rank.anthropic
  return isSentrysOwn(span) ? Rank.sentry : Rank.other
}

function endedSpan(span: SpanLike): EndedSpan {
  const role = spanRole(span.attributes)
  return {
    spanId: span.spanContext().spanId,
    parentSpanId: parentSpanId(span),
    scope: scopeName(span),
    role,
    call: callIdentity(role, span.attributes),
  }
}
