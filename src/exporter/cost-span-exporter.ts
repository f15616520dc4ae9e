import { readAttribution } from '../attribution/span-attribution.ts'
import { isCall, type CallIdentity, type SpanRole } from '../call/model-call.ts'
import { requestedModel, spanRole } from '../call/read-call.ts'
import { isRecordedTwice } from '../call/recorded-twice.ts'
import {
  createCharger,
  withoutDuplicate,
  type Charge,
  type Charger,
  type ChargerOptions,
} from '../charge/charge.ts'
import { expected } from '../expected.ts'
import { Reporter } from '../report/reporter.ts'
import { warnRecordedTwice, warnUnattributed, warnUnpriced } from '../report/warnings.ts'
import { parentSpanId, scopeName, type SpanLike } from '../span/span.ts'
import { stampAttribution, stampCarriedElsewhere, stampCharge } from '../stamp/stamp.ts'
import { CarriedCalls, type EndedSpan } from './carried-calls.ts'

/** The part of an OpenTelemetry `SpanExporter` that is decorated. */
export interface SpanExporterLike<Span, Result> {
  export(spans: Span[], resultCallback: (result: Result) => void): void
  shutdown(): Promise<void>
  forceFlush?(): Promise<void>
}

/**
 * Decorates any exporter: what passes through carries cost and user. For where only an exporter
 * can be given; prefer `CostSpanProcessor`, which also inherits the user from parent spans and
 * `withAttribution` and sums up on the spans above. Here the user is the one that the span itself
 * states. Spans are shared between exporters, so copies are stamped. Spans that a
 * `CostSpanProcessor` has stamped pass unchanged.
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
  readonly #carried = new CarriedCalls()
  readonly #reporter = new Reporter()

  constructor(exporter: SpanExporterLike<Span, Result>, options: ChargerOptions = {}) {
    if (typeof exporter?.export !== 'function') {
      throw expected('exporter', 'a span exporter', exporter)
    }
    this.#exporter = exporter
    this.#charge = createCharger(options)
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
    const isNew = role !== undefined && !isStamped(span)
    const call = isCall(role) ? { operation: role, model: requestedModel(attributes) } : undefined
    const ended: EndedSpan = {
      spanId: span.spanContext().spanId,
      parentSpanId: parentSpanId(span),
      scope: scopeName(span),
    }
    const charge = call !== undefined && isNew ? this.#chargeOf(span, ended, call) : undefined
    const priced = (charge?.usd ?? attributes['cost.usd']) !== undefined
    const inner = call === undefined ? undefined : { ...call, priced, begun: new Set<string>() }
    this.#carried.passOn(ended, role, inner)
    return isNew ? copyOf(span, role, charge) : span
  }

  #chargeOf(span: Span, ended: EndedSpan, call: CallIdentity): Charge | undefined {
    const charge = this.#charge(span)
    if (charge === undefined) return undefined
    const inside = this.#carried.inside(ended, call)
    if (inside.some(({ priced }) => priced)) return undefined
    if (inside.length > 0 && charge.usd === undefined) return undefined
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

/** The same span with more attributes; everything else is read from the original. */
function copyOf<Span extends SpanLike>(
  span: Span,
  role: SpanRole,
  charge: Charge | undefined,
): Span {
  const attributes = { ...span.attributes }
  stampAttribution(attributes, charge?.attribution ?? readAttribution(attributes))
  if (charge !== undefined) stampCharge(attributes, charge)
  else if (isCall(role)) stampCarriedElsewhere(attributes)
  return Object.create(span, { attributes: { value: attributes, enumerable: true } }) as Span
}
