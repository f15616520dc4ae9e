import { scopeName, text, type SpanLike } from '../span/span.ts'

/**
 * Whether Sentry wrote this span itself, from what AI SDK 7 tells on its diagnostics channel
 * (10.78.0). The spans of AI SDK 4 to 6 it marks otherwise, and writes none beside them.
 */
export function isSentrysOwn({ attributes }: SpanLike): boolean {
  return attributes['sentry.origin'] === 'auto.vercelai.channel'
}

/**
 * Whether an integration of AI SDK 7 wrote this span. One that was given a tracer has the scope of
 * that, and is known by its attributes: old names at once, new ones when the call has ended.
 */
export function isAiSdksOwn(span: SpanLike): boolean {
  const { attributes } = span
  return (
    scopeName(span) === 'gen_ai' ||
    text(attributes['ai.operationId']) !== undefined ||
    attributes['gen_ai.client.operation.duration'] !== undefined
  )
}
