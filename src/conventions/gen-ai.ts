import { scopeName, text, type SpanLike } from '../span/span.ts'
import type { ModelCall, Operation, Vocabulary } from './model-call.ts'
import { isAnthropicClient } from './anthropic-client.ts'
import { providerFamily } from './provider-family.ts'

/**
 * `gen_ai.*` spans: AI SDK 7 with `OpenTelemetry`, and every other instrumentation that
 * follows the GenAI semantic conventions. `invoke_agent`, `agent_step` and `execute_tool`
 * group; an outer `embeddings` or `rerank` of AI SDK 7 looks like its inner one, and is distinguished by
 * having it below (see `span-tree.ts`). `ai.*` values are AI SDK 7's own.
 */
const operationsByName = new Map<string, Operation>([
  ['text_completion', 'chat'],
  ['generate_content', 'chat'],
  ['decide', 'chat'],
  ['embeddings', 'embeddings'],
  ['rerank', 'rerank'],
  ['speech', 'speech'],
  ['transcription', 'transcription'],
  ['ai.generateSpeech', 'speech'],
  ['ai.transcribe', 'transcription'],
  ['ai.streamTranscribe', 'transcription'],
])

/** The operation of a `gen_ai.operation.name`, if that is one request; else `undefined`. */
export function genAiOperation(operationName: string): Operation | undefined {
  // Most calls are this one, which the table leaves out: to compare is quicker than to look up.
  return operationName === 'chat' ? operationName : operationsByName.get(operationName)
}

/** The call of a span with that `gen_ai.operation.name`, if it is one. */
export function readGenAiCall(span: SpanLike, operationName: string): ModelCall | undefined {
  const operation = genAiOperation(operationName)
  if (operation === undefined) return undefined
  const { attributes } = span
  const provider =
    text(attributes['gen_ai.provider.name']) ?? text(attributes['gen_ai.system']) ?? 'unknown'
  return {
    vocabulary: vocabularyOf(span),
    operation,
    provider,
    family: providerFamily(provider),
    requestModel: text(attributes['gen_ai.request.model']),
    responseModel: text(attributes['gen_ai.response.model']),
  }
}

/** Instrumentations whose code was read: 0.27.0 both, 0.21.0. */
const vocabulariesByScope = new Map<string, Vocabulary>([
  ['@traceloop/instrumentation-openai', 'traceloop'],
  ['@traceloop/instrumentation-anthropic', 'traceloop'],
  ['@opentelemetry/instrumentation-openai', 'opentelemetry'],
])

/** `gen_ai` is AI SDK 7's scope unless the application passes a tracer; only AI SDK 7 writes the attributes. */
function vocabularyOf(span: SpanLike): Vocabulary {
  const scope = scopeName(span)
  const isAiSdk =
    scope === 'gen_ai' ||
    span.attributes['gen_ai.client.operation.duration'] !== undefined ||
    span.attributes['ai.usage.inputTokenDetails.noCacheTokens'] !== undefined
  if (isAiSdk) return 'ai-sdk-7'
  if (span.attributes['cost.recorded'] === true) return 'recorded'
  return isAnthropicClient(scope) ? 'anthropic' : (vocabulariesByScope.get(scope) ?? 'gen-ai')
}
