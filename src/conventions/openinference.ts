import { readJsonObject } from '../span/json.ts'
import { text, type SpanAttributes, type SpanLike } from '../span/span.ts'
import { isCall, type ModelCall, type SpanRole } from './model-call.ts'
import { providerFamily } from './provider-family.ts'

/**
 * OpenInference spans (`openinference.span.kind`), read on its instrumentations for OpenAI 4.2.7
 * and Anthropic 0.2.8. AGENT, CHAIN, RETRIEVER and whatever comes later group.
 */
const roles = new Map<string, SpanRole>([
  ['LLM', 'chat'],
  ['EMBEDDING', 'embeddings'],
  ['RERANKER', 'rerank'],
  ['TOOL', 'tool'],
])

/** What a span of its `openinference.span.kind` is; `undefined` if it has none. */
export function openInferenceRole(attributes: SpanAttributes): SpanRole | undefined {
  const kind = text(attributes['openinference.span.kind'])
  return kind === undefined ? undefined : (roles.get(kind) ?? 'group')
}

export function readOpenInferenceCall({ attributes }: SpanLike): ModelCall | undefined {
  const operation = openInferenceRole(attributes)
  if (!isCall(operation)) return undefined
  // For a host that it does not know, such as a proxy or a gateway, it writes no provider.
  const provider = text(attributes['llm.provider']) ?? text(attributes['llm.system']) ?? 'unknown'
  return {
    vocabulary: 'openinference',
    operation,
    provider,
    family: providerFamily(provider),
    requestModel: openInferenceModel(attributes),
    // The requested model until the answer comes, then the response model, but not for a streamed chat.
    responseModel: text(attributes['llm.model_name']),
  }
}

/** The requested model. Once the call has ended, `llm.model_name` is the response model instead. */
export function openInferenceModel(attributes: SpanAttributes): string | undefined {
  return (
    requestParameter(attributes, 'model') ??
    text(attributes['llm.model_name']) ??
    text(attributes['embedding.model_name'])
  )
}

/** A text field of the request; `llm.invocation_parameters` is the request as JSON, without its messages. */
export function requestParameter(attributes: SpanAttributes, name: string): string | undefined {
  const request = readJsonObject(attributes['llm.invocation_parameters'])
  return typeof request === 'object' && Object.hasOwn(request, name)
    ? text(request[name])
    : undefined
}
