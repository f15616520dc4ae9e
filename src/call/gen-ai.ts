import * as names from '../span/attribute-names.ts'
import { text, type SpanAttributes } from '../span/span.ts'
import type { ModelCall, Operation } from './model-call.ts'
import { providerFamily } from './provider-family.ts'

/**
 * `gen_ai.*` spans: AI SDK 7 with `OpenTelemetry`, and every other instrumentation that
 * follows the GenAI semantic conventions. `invoke_agent`, `agent_step` and `execute_tool`
 * group; an outer `embeddings` or `rerank` of AI SDK 7 looks like its inner one and is told
 * apart by having it below (see `lineage.ts`). `ai.*` values are AI SDK 7's own.
 */
const callOperations = new Map<string, Operation>([
  ['chat', 'chat'],
  ['text_completion', 'chat'],
  ['generate_content', 'chat'],
  ['decide', 'chat'],
  ['embeddings', 'embeddings'],
  ['rerank', 'rerank'],
  ['ai.generateSpeech', 'speech'],
  ['ai.transcribe', 'transcription'],
  ['ai.streamTranscribe', 'transcription'],
])

/** The operation of a `gen_ai.operation.name`, if that is one request; else `undefined`. */
export function genAiOperation(operationName: string): Operation | undefined {
  return callOperations.get(operationName)
}

export function readGenAiCall(attributes: SpanAttributes): ModelCall | undefined {
  const operationName = text(attributes, names.GEN_AI_OPERATION_NAME)
  if (operationName === undefined) return undefined
  const operation = genAiOperation(operationName)
  if (operation === undefined) return undefined
  const provider =
    text(attributes, names.GEN_AI_PROVIDER_NAME) ??
    text(attributes, names.GEN_AI_SYSTEM) ??
    'unknown'
  return {
    dialect: 'gen-ai',
    operation,
    provider,
    family: providerFamily(provider),
    requestModel: text(attributes, names.GEN_AI_REQUEST_MODEL),
    responseModel: text(attributes, names.GEN_AI_RESPONSE_MODEL),
  }
}
