import { unattributed } from '../attribution/attribution.ts'
import { lacksUsageOptions } from '../conventions/integrations.ts'
import { aiSdkMajor } from '../conventions/ai-sdk-version.ts'
import type { Charge } from '../charge/charge.ts'
import { quoted } from '../charge/format-id.ts'
import type { Redactor } from '../privacy/redactor.ts'
import { scopeName, text, type SpanAttributes, type SpanLike } from '../span/span.ts'
import { Unseen } from '../usage/usage.ts'
import type { Reporter } from './reporter.ts'
import { shownName } from './shown.ts'

/** One warning for each model that has no price, for 20 of them at most. */
export function warnUnpriced(reporter: Reporter, { status, reason, call }: Charge): void {
  if (status !== 'unpriced') return
  const { provider } = call
  const model = call.responseModel ?? call.requestModel ?? 'unknown'
  reporter.warnOfModel(provider, model, () => unpricedMessage(provider, model, reason))
}

function unpricedMessage(provider: string, model: string, reason: string | undefined): string {
  return (
    `no price for model ${quoted(model)} of provider ${quoted(provider)} ` +
    `(${reason}); its calls carry no cost. ${unpricedRemedy(reason)}`
  )
}

function unpricedRemedy(reason: string | undefined): string {
  switch (reason) {
    case 'rate_without_price':
      return 'Its price lacks a rate that the call uses, or is by a time that the span does not have: state it with the prices option.'
    case 'price_source_failed':
      return 'A price source threw an error or returned no valid price: correct its find().'
    default:
      return 'Give one with the prices option.'
  }
}

/** One warning for calls whose payer is not told, by the cause, with the place of the first of them. */
export function warnUnattributed(
  reporter: Reporter,
  charge: Charge,
  span: SpanLike,
  redactor: Redactor,
): void {
  const { userId, redacted } = charge.attribution
  if (userId !== undefined) return
  if (redacted === true) {
    reporter.warn('redacted', () => `${placeOf(charge, span, redactor)} ${redactedRemedy}`)
  } else {
    reporter.warn(
      'unattributed',
      () => `${placeOf(charge, span, redactor)} ${unattributedRemedy(charge, span)}`,
    )
  }
}

const redactedRemedy =
  'has a user id that looks personal (such as an e-mail address) or is not valid. costspan leaves the id out, so the ' +
  'cost has no user. Pass a stable internal id as userId, or set privacy: { pseudonymize: { key } }.'

function unattributedRemedy({ call }: Charge, { attributes }: SpanLike): string {
  // Old code for AI SDK 4 to 6: nothing on a span tells that a call was given metadata.
  const ignored =
    call.vocabulary === 'ai-sdk-7' || (aiSdkMajor(attributes) ?? 0) >= 7
      ? ' AI SDK 7 ignores `metadata`: spread payer({ userId }) of costspan/ai-sdk into the call, with other ' +
        'telemetry options as its second argument; or use `runtimeContext` with costTelemetry().'
      : ''
  return (
    'names no user. Wrap the request in withAttribution({ userId }, run), or use an adapter such as costspan/express.' +
    ignored
  )
}

/** Where every id is replaced, the charge holds no raw id to compare a name with: then no name is printed. */
function placeOf(
  { attribution }: Charge,
  { name, attributes }: SpanLike,
  { replacesAll }: Redactor,
): string {
  if (replacesAll) return 'a call,'
  const place = text(attributes['ai.telemetry.functionId']) ?? text(attributes['gen_ai.agent.name'])
  const spanName = shownName(String(name), attribution)
  const placeName = place === undefined ? undefined : shownName(place, attribution)
  const span = spanName === undefined ? '' : `, span ${spanName}`
  return `a call${span}${placeName === undefined ? '' : ` of ${placeName}`},`
}

/** What a call has to say of itself. */
const described: readonly (keyof SpanAttributes)[] = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
]

/** One warning for usage that no rule reads, with the instrumentation that wrote the first of it. */
export function warnUnread(reporter: Reporter, span: SpanLike): void {
  reporter.warn('unread', () => {
    const writer = shownName(scopeName(span), unattributed)
    const by = writer === undefined || writer === '""' ? '' : ` of tracer ${writer}`
    return (
      `a span${by} carries usage of a model, and no rule reads it as a call: its cost is unknown. Set the attributes ` +
      `${described.join(', ')} when the span starts, or record the call with recordCall of costspan/record. ` +
      'The counter costspan.unread_spans has their number.'
    )
  })
}

/** One warning for AI SDK 7 whose spans lack what some prices depend on. */
export function warnMissingOptions(reporter: Reporter, { call }: Charge): void {
  if (call.vocabulary !== 'ai-sdk-7' || !lacksUsageOptions()) return
  reporter.warn(
    'missing options',
    () =>
      'the OpenTelemetry integration of AI SDK 7 runs without usage or providerMetadata: billed costs, service tiers ' +
      'and some cached tokens are on no span. Register new OpenTelemetry(costTelemetry()) of costspan/ai-sdk.',
  )
}

/** One warning for telemetry that records every call more than once. */
export function warnRecordedTwice(reporter: Reporter): void {
  reporter.warn(
    'recorded twice',
    () =>
      'several telemetry integrations of AI SDK 7 record every call. costspan charges one span of each call: that of ' +
      'OpenTelemetry if LegacyOpenTelemetry is registered too, else the first that ends. Register one integration, once.',
  )
}

/** One warning for calls that are taken for one, or may be one, on too little evidence. */
export function warnUncertainMatch(reporter: Reporter): void {
  reporter.warn(
    'uncertain match',
    () =>
      'two spans may show the same call, and too little is on them to tell, so one of them is charged: the ' +
      'other says carried_by_another_span or recorded_twice. Let one library record each call.',
  )
}

/** One warning for calls of Anthropic's own client that an instrumentation records too. */
export function warnToldByAnthropic(reporter: Reporter): void {
  reporter.warn(
    'told by Anthropic',
    () =>
      "Anthropic's client and an instrumentation record the same calls, and each is charged on one of the two spans. " +
      'Take the latter out, or make clients with openTelemetry: false.',
  )
}

/** One warning for streams beyond those whose usage is waited for. */
export function warnTooManyHeld(reporter: Reporter, maximum: number): void {
  reporter.warn(
    'too many held',
    () =>
      `more than ${maximum} streams of ended requests wait for their usage at a time; the cost of those beyond is ` +
      'unknown (unknown_usage). Lower the number of open streams for each process.',
  )
}

/** One warning each for spans that limits took something from, and for copies of baggage that hide what was there. */
export function warnDoubts(reporter: Reporter, { unseen }: Charge): void {
  if ((unseen & Unseen.dropped) !== 0) {
    reporter.warn(
      'attributes dropped',
      () =>
        'spans of AI calls have more attributes than the SDK keeps, and tokens may be among those it dropped: their ' +
        'costs are estimates (attributes_dropped). Raise OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, or name fewer metadata keys.',
    )
  }
  if ((unseen & Unseen.cut) !== 0) {
    reporter.warn(
      'value cut',
      () =>
        'spans of AI calls have ids or metadata that the SDK cut: their costs are estimates (value_cut). Raise ' +
        'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT.',
    )
  }
  if ((unseen & Unseen.overwritten) !== 0) {
    reporter.warn(
      'baggage on span',
      () =>
        'a processor before costspan copies the baggage of requests over what AI spans say: their costs are estimates ' +
        '(baggage_on_span). Put costspan first, or copy your own keys alone.',
    )
  }
}
