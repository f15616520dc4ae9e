import type { Charge } from '../charge/charge.ts'
import type { Reporter } from './reporter.ts'

/** One warning for each model that has no price. */
export function warnUnpriced(reporter: Reporter, { status, reason, call }: Charge): void {
  if (status !== 'unpriced') return
  const model = (call.responseModel ?? call.requestModel ?? 'unknown').slice(0, 200)
  const provider = call.provider.slice(0, 200)
  const remedy =
    reason === 'rate_without_price'
      ? 'Its price lacks a rate that the call uses, such as `output`; complete it.'
      : 'Give one with the prices option.'
  reporter.warn(
    `unpriced ${provider} ${model}`,
    `no price for model ${JSON.stringify(model)} of provider ${JSON.stringify(provider)} ` +
      `(${reason}); its calls carry no cost. ${remedy}`,
  )
}

/** One warning for telemetry that records every call more than once. */
export function warnRecordedTwice(reporter: Reporter): void {
  reporter.warn(
    'recorded twice',
    'several telemetry integrations of AI SDK 7 are registered, so every call is recorded more ' +
      'than once. Of OpenTelemetry and LegacyOpenTelemetry only the former is priced; of two of ' +
      'the same kind neither is. Register one.',
  )
}
