import { valueLimitOf, type SpanAttributes, type SpanLike } from '../span/span.ts'
import * as Unseen from './unseen.ts'

/** The attributes and values that the limits of the span removed, as bits of `unseen.ts`. */
export function doubtsOf(span: SpanLike): number {
  const { droppedAttributesCount: count } = span as { readonly droppedAttributesCount?: unknown }
  const dropped = typeof count === 'number' && count > 0 ? Unseen.dropped : 0
  const limit = valueLimitOf(span)
  return limit > 0 && isCut(span.attributes, limit) ? dropped | Unseen.cut : dropped
}

/** Whether a value that the price depends on is exactly as long as the limit: nearly always it was cut. */
function isCut(attributes: SpanAttributes, limit: number): boolean {
  return [
    attributes['ai.operationId'],
    attributes['ai.model.id'],
    attributes['ai.model.provider'],
    attributes['ai.response.model'],
    attributes['ai.response.providerMetadata'],
    attributes['gen_ai.operation.name'],
    attributes['gen_ai.provider.name'],
    attributes['gen_ai.system'],
    attributes['gen_ai.request.model'],
    attributes['gen_ai.response.model'],
    attributes['gen_ai.tool.definitions'],
    attributes['llm.provider'],
    attributes['llm.system'],
    attributes['llm.model_name'],
    attributes['llm.invocation_parameters'],
    attributes['openai.response.service_tier'],
    attributes['anthropic.response.service_tier'],
    attributes['cost.service_tier'],
    attributes['cost.region'],
  ].some((value) => typeof value === 'string' && value.length === limit)
}
