import { ERROR, toQuantity, type SpanLike } from '../span/span.ts'
import type { ModelCall, Vocabulary } from './model-call.ts'

/** Messages of an AI SDK `APICallError` that came after, or instead of, an HTTP answer. */
const notRefused = [
  'Cannot connect to API',
  'Invalid JSON response',
  'Failed to process successful response',
]

/** The start of an error message of OpenAI's and Anthropic's clients, if an HTTP answer caused it. */
const httpError = /^[45]\d\d \S/

/** Vocabularies whose spans keep the message of such an error. */
const ofClients: ReadonlySet<Vocabulary> = new Set<Vocabulary>([
  'openinference',
  'opentelemetry',
  'traceloop',
  'anthropic',
])

/** The reason, and the `error.type`, of a request that was never sent, because no connection was made. */
export const NOT_SENT = 'not_sent'

/**
 * Why nothing was served, if that is certain: the provider refused the call with an HTTP error, or never received it. A call
 * that broke in any other way may have been billed.
 */
export function failureOf(
  span: SpanLike,
  call: Pick<ModelCall, 'vocabulary'>,
): 'http_error' | typeof NOT_SENT | undefined {
  // Not by `error.type`: a copy of baggage can set that one, but only to a string.
  if (span.attributes['cost.not_sent'] === true) return NOT_SENT
  return wasRefused(span, call) ? 'http_error' : undefined
}

/** Whether the provider refused the call with an HTTP error. */
export function wasRefused(span: SpanLike, { vocabulary }: Pick<ModelCall, 'vocabulary'>): boolean {
  const httpStatus = toQuantity(span.attributes['http.response.status_code'])
  const errorType = span.attributes['error.type']
  // `costspan/clients` states both, also on a span that its instrumentation leaves open, and so without a status.
  if (span.status.code !== ERROR && errorType !== String(httpStatus)) return false
  if (httpStatus !== undefined) return httpStatus >= 400
  if (typeof errorType === 'string' && /^[45]\d\d$/.test(errorType)) return true
  if (ofClients.has(vocabulary) && httpError.test(span.status.message ?? '')) return true
  return span.events.some(({ attributes }) => attributes !== undefined && isRefusal(attributes))
}

/** Whether the call ended in an error, so that the usage it shows may stop short. */
export function brokeOff({ status, attributes }: SpanLike): boolean {
  if (status.code === ERROR) return true
  // Calls of the AI SDK have this one too, whatever their vocabulary.
  const reasons = attributes['gen_ai.response.finish_reasons']
  return Array.isArray(reasons)
    ? reasons.includes('error')
    : attributes['ai.response.finishReason'] === 'error'
}

function isRefusal(exception: { readonly [name: string]: unknown }): boolean {
  const type = exception['exception.type']
  if (type !== 'AI_APICallError' && type !== 'AI_RetryError') return false
  const message = exception['exception.message']
  return typeof message === 'string' && !notRefused.some((text) => message.includes(text))
}
