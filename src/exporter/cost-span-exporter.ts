import { nobody, toTold, type Attribution } from '../attribution/attribution.ts'
import { readAttribution } from '../attribution/span-attribution.ts'
import { isCall, type CallIdentity, type SpanRole } from '../call/model-call.ts'
import { requestedModel, spanRole } from '../call/read-call.ts'
import { isRecordedTwice, isToldByAnthropic, noteScope } from '../call/recorded-twice.ts'
import {
  createCharger,
  withoutDuplicate,
  type Charge,
  type Charger,
  type ChargerOptions,
} from '../charge/charge.ts'
import { expected, rejectUnknown } from '../expected.ts'
import { protectAttributes } from '../privacy/attributes.ts'
import { dropContent } from '../privacy/content.ts'
import { createProtection, type PrivacyOptions, type Protection } from '../privacy/protect.ts'
import { Reporter } from '../report/reporter.ts'
import {
  warnRecordedTwice,
  warnToldByAnthropic,
  warnUnattributed,
  warnUnpriced,
} from '../report/warnings.ts'
import { parentSpanId, scopeName, type SpanLike } from '../span/span.ts'
import { stampAttribution, stampCarriedElsewhere, stampCharge } from '../stamp/stamp.ts'
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
}

/**
 * Decorates any exporter: what passes through carries cost and user. For where only an exporter
 * can be given; prefer `CostSpanProcessor`, which also inherits the user from parent spans and
 * `withAttribution` and sums up on the spans above. Here the user is the one that the span itself
 * states. Spans are shared between exporters, so copies are stamped. Spans that a
 * `CostSpanProcessor` has stamped pass unchanged, but for `privacy.dropContent`.
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
  readonly #carried = new CarriedCalls()
  readonly #reporter = new Reporter()

  constructor(exporter: SpanExporterLike<Span, Result>, options: CostSpanExporterOptions = {}) {
    if (typeof exporter?.export !== 'function') {
      throw expected('exporter', 'a span exporter', exporter)
    }
    if (typeof options !== 'object' || options === null) {
      throw expected('options', 'an object', options)
    }
    rejectUnknown(options, 'options', ['prices', 'privacy'])
    this.#exporter = exporter
    this.#charge = createCharger({ prices: options.prices })
    this.#protection = createProtection(options.privacy)
  }

  export(spans: Span[], resultCallback: (result: Result) => void): void {
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
      return span
    }
  }

  #stamp(span: Span): Span {
    const { attributes } = span
    const role = spanRole(attributes)
    noteScope(scopeName(span))
    const isNew = role !== undefined && !isStamped(span)
    const call = isCall(role) ? { operation: role, model: requestedModel(attributes) } : undefined
    const ended: EndedSpan = {
      spanId: span.spanContext().spanId,
      parentSpanId: parentSpanId(span),
      scope: scopeName(span),
    }
    const payer = isNew ? this.#protection.attribution(readAttribution(attributes)) : nobody
    const charge =
      call !== undefined && isNew ? this.#chargeOf(span, toTold(payer), ended, call) : undefined
    const priced = (charge?.usd ?? attributes['cost.usd']) !== undefined
    const inner = call === undefined ? undefined : { ...call, priced, begun: new Set<string>() }
    this.#carried.passOn(ended, role, inner)
    if (isNew) return copyOf(span, (copy) => this.#write(copy, role, payer, charge))
    return role !== undefined && this.#protection.dropContent ? copyOf(span, dropContent) : span
  }

  #write(
    copy: SpanLike['attributes'],
    role: SpanRole,
    payer: Attribution,
    charge: Charge | undefined,
  ): void {
    protectAttributes(copy, this.#protection)
    stampAttribution(copy, payer)
    if (charge !== undefined) stampCharge(copy, charge)
    else if (isCall(role)) stampCarriedElsewhere(copy)
    if (this.#protection.dropContent) dropContent(copy)
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
    if (inside.length === 0 && isToldByAnthropic(charge.call)) {
      warnToldByAnthropic(this.#reporter)
      return undefined
    }
    if (isRecordedTwice(charge.call, span.attributes)) {
      warnRecordedTwice(this.#reporter)
      return withoutDuplicate(charge)
    }
    warnUnpriced(this.#reporter, charge)
    warnUnattributed(this.#reporter, charge, span)
    return charge
  }
}

/** Whether a processor, or an exporter around this one, has been here. */
function isStamped({ attributes }: SpanLike): boolean {
  return (
    attributes['cost.status'] !== undefined ||
    attributes['cost.reason'] !== undefined ||
    attributes['cost.attribution'] !== undefined
  )
}

/** The same span with other attributes; everything else is read from the original. */
function copyOf<Span extends SpanLike>(
  span: Span,
  write: (attributes: SpanLike['attributes']) => void,
): Span {
  const attributes = { ...span.attributes }
  write(attributes)
  return Object.create(span, { attributes: { value: attributes, enumerable: true } }) as Span
}
