import { nobody, toTold, withoutCut, type Attribution } from '../attribution/attribution.ts'
import { assertBackends, stampFor, type Backend } from '../backends/backend.ts'
import { readAttribution } from '../attribution/span-attribution.ts'
import { isCall, mayBeSameCall, type CallIdentity, type SpanRole } from '../call/model-call.ts'
import { callIdentity, spanRole } from '../call/read-call.ts'
import { isAnthropicsOwn, mayBeAnthropicsToo } from '../call/anthropic-twins.ts'
import { isRecordedTwice } from '../call/recorded-twice.ts'
import { isAiSdksOwn, isSentrysOwn, SentryTwins } from '../call/sentry-twins.ts'
import { endOf, Twins } from '../call/twins.ts'
import {
  createCharger,
  withoutDuplicate,
  type Charge,
  type Charger,
  type ChargerOptions,
} from '../charge/charge.ts'
import { expected, hasMethod, rejectUnknown } from '../expected.ts'
import { protectAttributes } from '../privacy/attributes.ts'
import { dropContent } from '../privacy/content.ts'
import { createProtection, type PrivacyOptions, type Protection } from '../privacy/protect.ts'
import { isForeign } from '../processor/foreign-scopes.ts'
import { ChargeReports } from '../report/charge-reports.ts'
import { createReporter, type Reporter } from '../report/reporter.ts'
import { carriesUsage } from '../report/unread-usage.ts'
import { warnRecordedTwice, warnToldByAnthropic } from '../report/warnings.ts'
import {
  durationSeconds,
  parentSpanId,
  scopeName,
  startMilliseconds,
  valueLimitOf,
  type SpanLike,
} from '../span/span.ts'
import { isMarkedStamped, markStamped } from '../stamp/mark.ts'
import { stampAttribution, stampCarriedElsewhere, stampCharge, unstamp } from '../stamp/stamp.ts'
import { CarriedCalls, type EndedSpan } from './carried-calls.ts'

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
   * one line at a time. No value of an attribute is in them but names of models and providers.
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
  readonly #protection: Protection
  readonly #backends: readonly Backend[]
  /** A processor had its own privacy; who asks for one here means it for all. */
  readonly #guardsStamped: boolean
  readonly #carried = new CarriedCalls()
  readonly #anthropic = new Twins()
  readonly #sentry = new SentryTwins()
  /** Chats of the AI SDK whose twin was charged before they came. */
  readonly #charged = new WeakSet<Span>()
  readonly #reporter: Reporter
  readonly #reports: ChargeReports

  constructor(exporter: SpanExporterLike<Span, Result>, options: CostSpanExporterOptions = {}) {
    if (!hasMethod(exporter, 'export')) {
      throw expected('exporter', 'a span exporter', exporter)
    }
    if (typeof options !== 'object' || options === null) {
      throw expected('options', 'an object', options)
    }
    rejectUnknown(options, 'options', ['prices', 'privacy', 'backends', 'warnings'])
    this.#exporter = exporter
    this.#charge = createCharger({ prices: options.prices })
    this.#protection = createProtection(options.privacy)
    const { backends = [] } = options
    assertBackends(backends)
    this.#backends = backends
    this.#guardsStamped = options.privacy !== undefined
    this.#reporter = createReporter(options.warnings)
    this.#reports = new ChargeReports(this.#reporter)
  }

  export(spans: Span[], resultCallback: (result: Result) => void): void {
    try {
      this.#noteAnthropics(spans)
      this.#noteAiSdks(spans)
    } catch (error) {
      this.#reporter.failed('export', error)
    }
    this.#exporter.export(
      spans.map((span) => this.#stamped(span)),
      resultCallback,
    )
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush?.() ?? Promise.resolve()
  }

  #stamped(span: Span): Span {
    try {
      return this.#stamp(span)
    } catch (error) {
      this.#reporter.failed('export', error)
      return this.#withoutStamp(span)
    }
  }

  /** What could not be charged leaves without what may not be told. */
  #withoutStamp(span: Span): Span {
    try {
      if (Object.keys(span.attributes).length === 0) return span
      return copyOf(span, (copy) => {
        if (!isMarkedStamped(span)) unstamp(copy)
        this.#carefully(() => protectAttributes(copy, this.#protection))
        if (this.#protection.dropContent) this.#carefully(() => dropContent(copy))
      })
    } catch {
      return span
    }
  }

  /** Before the batch is looked at: of two spans of one call either may come first. */
  #noteAnthropics(batch: readonly Span[]): void {
    const own = batch.filter((span) => isAnthropicsOwn(scopeName(span)))
    if (own.length === 0) return
    const byId = new Map(batch.map((span) => [span.spanContext().spanId, span]))
    for (const span of own) {
      const call = callOf(span)
      const parent = byId.get(parentSpanId(span) ?? '')
      const around = parent === undefined ? undefined : callOf(parent)
      // One that has the other around it is found as the inside of a call.
      if (call === undefined || (around !== undefined && mayBeSameCall(around, call))) continue
      const from = startMilliseconds(span)
      this.#anthropic.note(call, from, endOf(from, durationSeconds(span)))
    }
  }

  /** The same for the chats of the AI SDK, which Sentry may record too. */
  #noteAiSdks(batch: readonly Span[]): void {
    for (const span of batch) {
      if (isMarkedStamped(span) || isSentrysOwn(span) || !isAiSdksOwn(span)) continue
      const call = callOf(span)
      if (call?.operation !== 'chat') continue
      const from = startMilliseconds(span)
      const until = endOf(from, durationSeconds(span))
      if (this.#sentry.isCharged(call, from, until)) this.#charged.add(span)
    }
  }

  #stamp(span: Span): Span {
    const { attributes } = span
    const role = spanRole(attributes)
    if (role === undefined && !isForeign(scopeName(span)) && carriesUsage(attributes)) {
      this.#reports.unread(span, false)
    }
    const isNew = role !== undefined && !isMarkedStamped(span)
    const call = callIdentity(role, attributes)
    const ended: EndedSpan = {
      spanId: span.spanContext().spanId,
      parentSpanId: parentSpanId(span),
      scope: scopeName(span),
    }
    const payer = isNew ? this.#payerOf(span) : nobody
    const charge =
      call !== undefined && isNew ? this.#chargeOf(span, toTold(payer), ended, call) : undefined
    const priced = (isNew ? charge?.usd : attributes['cost.usd']) !== undefined
    const inner = call === undefined ? undefined : { ...call, priced, begun: new Set<string>() }
    this.#carried.passOn(ended, role, inner)
    if (isNew) return copyOf(span, (copy) => this.#write(copy, role, payer, charge))
    return role !== undefined && this.#guardsStamped ? this.#withoutStamp(span) : span
  }

  #payerOf(span: Span): Attribution {
    const own = { ...span.attributes }
    unstamp(own)
    return this.#protection.attribution(withoutCut(readAttribution(own), valueLimitOf(span)))
  }

  #write(
    copy: SpanLike['attributes'],
    role: SpanRole,
    payer: Attribution,
    charge: Charge | undefined,
  ): void {
    this.#carefully(() => protectAttributes(copy, this.#protection))
    unstamp(copy)
    this.#carefully(() => stampAttribution(copy, payer))
    if (charge !== undefined) this.#carefully(() => stampCharge(copy, charge))
    else if (isCall(role)) stampCarriedElsewhere(copy)
    const attribution = toTold(payer)
    const charged = { role, charge, attribution, attributes: copy }
    stampFor(this.#backends, charged, copy, this.#reporter)
    if (this.#protection.dropContent) this.#carefully(() => dropContent(copy))
  }

  /** Each step runs whatever failed before: what may not be told does not leave. */
  #carefully(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#reporter.failed('export', error)
    }
  }

  #chargeOf(
    span: Span,
    payer: Attribution,
    ended: EndedSpan,
    call: CallIdentity,
  ): Charge | undefined {
    const charge = this.#charge(span, payer)
    if (charge === undefined) return undefined
    const inside = this.#carried.inside(ended, call)
    if (inside.some(({ priced }) => priced)) return undefined
    if (inside.length > 0 && charge.usd === undefined) return undefined
    if (this.#charged.has(span)) return undefined
    if (isSentrysOwn(span) && this.#sentry.isToldByAiSdk(charge)) return undefined
    if (inside.length === 0 && this.#isToldByAnthropic(charge)) {
      this.#carefully(() => warnToldByAnthropic(this.#reporter))
      return undefined
    }
    if (isRecordedTwice(charge.call, span.attributes)) {
      this.#carefully(() => warnRecordedTwice(this.#reporter))
      return withoutDuplicate(charge)
    }
    this.#reports.charged(charge, span)
    return charge
  }

  #isToldByAnthropic({ call, at, durationSeconds: duration }: Charge): boolean {
    const asked = { operation: call.operation, model: call.requestModel }
    return mayBeAnthropicsToo(call) && this.#anthropic.take(asked, at, endOf(at, duration))
  }
}

function callOf({ attributes }: SpanLike): CallIdentity | undefined {
  return callIdentity(spanRole(attributes), attributes)
}

/** The same span with other attributes; everything else is read from the original. */
function copyOf<Span extends SpanLike>(
  span: Span,
  write: (attributes: SpanLike['attributes']) => void,
): Span {
  const attributes = { ...span.attributes }
  write(attributes)
  const copy = Object.create(span, { attributes: { value: attributes, enumerable: true } }) as Span
  markStamped(copy)
  return copy
}
