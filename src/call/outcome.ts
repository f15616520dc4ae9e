import * as names from '../span/attribute-names.ts'
import { toQuantity, type SpanLike } from '../span/span.ts'

const ERROR = 2

/** Messages of an AI SDK `APICallError` that came after, or instead of, an HTTP answer. */
const notRefused = [
  'Cannot connect to API',
  'Invalid JSON response',
  'Failed to process successful response',
]

/**
 * Whether the provider refused the call with an HTTP error, so that nothing was served. A call
 * that broke in any other way may have been billed.
 */
export function wasRefused(span: SpanLike): boolean {
  if (span.status.code !== ERROR) return false
  const httpStatus = toQuantity(span.attributes[names.HTTP_RESPONSE_STATUS_CODE])
  if (httpStatus !== undefined) return httpStatus >= 400
  const errorType = span.attributes[names.ERROR_TYPE]
  if (typeof errorType === 'string' && /^[45]\d\d$/.test(errorType)) return true
  return span.events.some(({ attributes }) => attributes !== undefined && isRefusal(attributes))
}

/** Whether the call ended in an error, so that the usage it shows may stop short. */
export function brokeOff({ status, attributes }: SpanLike): boolean {
  if (status.code === ERROR) return true
  const reason = attributes[names.AI_RESPONSE_FINISH_REASON]
  if (reason !== undefined) return reason === 'error'
  const reasons = attributes[names.GEN_AI_RESPONSE_FINISH_REASONS]
  return Array.isArray(reasons) && reasons.includes('error')
}

function isRefusal(exception: { readonly [name: string]: unknown }): boolean {
  const type = exception[names.EXCEPTION_TYPE]
  if (type !== 'AI_APICallError' && type !== 'AI_RetryError') return false
  const message = exception[names.EXCEPTION_MESSAGE]
  return typeof message === 'string' && !notRefused.some((text) => message.includes(text))
}
