import { callAttributes } from '../conventions/call-attributes.ts'
import { valueLimitOf, type SpanAttributes, type SpanLike } from '../span/span.ts'
import * as Unseen from './unseen.ts'

/** The attributes and values that the limits of the span removed, as bits of `unseen.ts`. */
export function doubtsOf(span: SpanLike): number {
  const { droppedAttributesCount: count } = span as { readonly droppedAttributesCount?: unknown }
  const dropped = typeof count === 'number' && count > 0 ? Unseen.dropped : 0
  const limit = valueLimitOf(span)
  return limit > 0 && isCut(span.attributes, limit) ? dropped | Unseen.cut : dropped
}

/** The attributes that a price depends on, besides usage. */
const priceAttributes = [
  ...callAttributes,
  'ai.response.model',
  'ai.response.providerMetadata',
  'gen_ai.response.model',
  'gen_ai.tool.definitions',
  'llm.invocation_parameters',
  'openai.response.service_tier',
  'anthropic.response.service_tier',
  'cost.service_tier',
  'cost.region',
] as const

/** Whether a value that the price depends on is exactly as long as the limit: nearly always it was cut. */
function isCut(attributes: SpanAttributes, limit: number): boolean {
  for (const name of priceAttributes) {
    const value = attributes[name]
    if (typeof value === 'string' && value.length === limit) return true
  }
  return false
}
