import { callAttributes } from '../conventions/call-attributes.ts'
import { openInferenceModel } from '../conventions/openinference.ts'
import { ERROR, valueLimitOf, type SpanLike } from '../span/span.ts'

/** What `readCall` needs, and the names of the function and the agent. None of them holds content or usage. */
const identityNames = [
  ...callAttributes,
  'openinference.span.kind',
  'ai.telemetry.functionId',
  'gen_ai.agent.name',
] as const

/** Operation, provider and model of a call, without the span and without its other attributes. */
export function identityOf(span: SpanLike, scope: string): SpanLike {
  const attributes: SpanLike['attributes'] = {}
  for (const name of identityNames) {
    const value = span.attributes[name]
    if (value !== undefined) attributes[name] = value
  }
  if (attributes['openinference.span.kind'] !== undefined) {
    // Most of its instrumentations write the model within the parameters of the request, which are not kept.
    const model = openInferenceModel(span.attributes)
    if (model !== undefined) attributes['embedding.model_name'] = model
  }
  return unended(span, scope, attributes, [])
}

/** What a span has, without the span. Without a finish reason it broke off: its usage may stop short. */
export function snapshotOf(span: SpanLike, scope: string): SpanLike {
  return unended(span, scope, span.attributes, span.events)
}

function unended(
  span: SpanLike,
  scope: string,
  attributes: SpanLike['attributes'],
  events: SpanLike['events'],
): SpanLike {
  // All spans of a tracer provider share the resource.
  const { name, startTime, resource } = span
  const { droppedAttributesCount } = span as { droppedAttributesCount?: unknown }
  const ids = span.spanContext()
  // Where the SDK dropped or cut attributes, usage and attribution are in doubt as on the span itself.
  const limits = { droppedAttributesCount, _attributeValueLengthLimit: valueLimitOf(span) }
  return {
    ...limits,
    name,
    startTime,
    resource,
    attributes,
    events,
    instrumentationScope: { name: scope },
    spanContext: () => ids,
    get status() {
      const { 'ai.response.finishReason': reason, 'gen_ai.response.finish_reasons': reasons } =
        attributes
      return { code: reason === undefined && reasons === undefined ? ERROR : 0 }
    },
  }
}
