import { aiSdkMajor } from '../call/ai-sdk-version.ts'
import type { Charge } from '../charge/charge.ts'
import { quoted } from '../charge/quoted.ts'
import { text, type SpanLike } from '../span/span.ts'
import type { Reporter } from './reporter.ts'

/** One warning for each model that has no price, for 20 of them at most. */
export function warnUnpriced(reporter: Reporter, { status, reason, call }: Charge): void {
  if (status !== 'unpriced') return
  const { provider } = call
  const model = call.responseModel ?? call.requestModel ?? 'unknown'
  reporter.warnOfModel(provider, model, () => unpricedMessage(provider, model, reason))
}

function unpricedMessage(provider: string, model: string, reason: string | undefined): string {
  const remedy =
    reason === 'rate_without_price'
      ? 'Its price lacks a rate that the call uses, or is by a time that the span does not say.'
      : 'Give one with the prices option.'
  return (
    `no price for model ${quoted(model)} of provider ${quoted(provider)} ` +
    `(${reason}); its calls carry no cost. ${remedy}`
  )
}

/** One warning for calls whose payer is not told, by the cause, with the place of the first of them. */
export function warnUnattributed(reporter: Reporter, charge: Charge, span: SpanLike): void {
  const { userId, redacted } = charge.attribution
  if (userId !== undefined) return
  if (redacted === true) {
    reporter.warn('redacted', () => `${placeOf(span)} ${redactedRemedy}`)
  } else {
    reporter.warn('unattributed', () => `${placeOf(span)} ${unattributedRemedy(charge, span)}`)
  }
}

const redactedRemedy =
  'names a user by an id that looks personal, or is none: left out. Name an internal id, or set ' +
  'privacy: { pseudonymize: { key } }. Said once.'

function unattributedRemedy({ call }: Charge, { attributes }: SpanLike): string {
  // Old code for AI SDK 4 to 6: nothing on a span tells that a call was given metadata.
  const ignored =
    call.vocabulary === 'ai-sdk-7' || (aiSdkMajor(attributes) ?? 0) >= 7
      ? ' AI SDK 7 ignores `metadata`: spread payer({ userId }) of costspan/ai-sdk into the call, with other ' +
        'telemetry options as its second argument; or use `runtimeContext` with costTelemetry().'
      : ''
  return `names no user. Say who pays with withAttribution, or an adapter such as costspan/express.${ignored} Said once.`
}

function placeOf({ name, attributes }: SpanLike): string {
  const place = text(attributes['ai.telemetry.functionId']) ?? text(attributes['gen_ai.agent.name'])
  return `a call, span ${quoted(name)}${place === undefined ? '' : ` of ${quoted(place)}`},`
}

/** One warning for telemetry that records every call more than once. */
export function warnRecordedTwice(reporter: Reporter): void {
  reporter.warn(
    'recorded twice',
    () =>
      'several telemetry integrations of AI SDK 7 record every call. Of OpenTelemetry and ' +
      'LegacyOpenTelemetry only the former is priced, of two of the same kind neither. Register one.',
  )
}

/** One warning for calls of Anthropic's own client that an instrumentation records too. */
export function warnToldByAnthropic(reporter: Reporter): void {
  reporter.warn(
    'told by Anthropic',
    () =>
      "Anthropic's client and an instrumentation record the same calls, and only the former's are charged. " +
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
