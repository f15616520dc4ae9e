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
      ? 'Its price lacks a rate that the call uses, such as `output`, or is by the time that a ' +
        'call took, which the span does not say.'
      : 'Give one with the prices option.'
  return (
    `no price for model ${quoted(model)} of provider ${quoted(provider)} ` +
    `(${reason}); its calls carry no cost. ${remedy}`
  )
}

/** One warning for calls that nobody pays for, with the place of the first of them. */
export function warnUnattributed(reporter: Reporter, charge: Charge, span: SpanLike): void {
  if (charge.attribution.userId !== undefined) return
  reporter.warn('unattributed', () => {
    const { name, attributes } = span
    const place =
      text(attributes['ai.telemetry.functionId']) ?? text(attributes['gen_ai.agent.name'])
    const where = place === undefined ? '' : ` of ${quoted(place)}`
    return (
      `no user is known for a call: span ${quoted(name)}${where}; its cost is nobody's. Say who pays ` +
      'with withAttribution around the request, or an adapter such as costspan/express. Said once.'
    )
  })
}

/** One warning for telemetry that records every call more than once. */
export function warnRecordedTwice(reporter: Reporter): void {
  reporter.warn(
    'recorded twice',
    () =>
      'several telemetry integrations of AI SDK 7 are registered, so every call is recorded more ' +
      'than once. Of OpenTelemetry and LegacyOpenTelemetry only the former is priced; of two of ' +
      'the same kind neither is. Register one.',
  )
}
