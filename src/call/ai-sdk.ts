import * as names from '../span/attribute-names.ts'
import { text, type SpanLike } from '../span/span.ts'
import type { ModelCall, Operation } from './model-call.ts'
import { providerFamily } from './provider-family.ts'

/**
 * `ai.*` spans: AI SDK 4 to 6, and 7 with `LegacyOpenTelemetry`. One request to the provider
 * ends in `.do…`; the span above it repeats or sums its usage. Speech and transcription have
 * no such inner span. Measured on ai 4.3.19, 5.0.277, 6.0.326 and 7.0.173.
 */
const operations = new Map<string, Operation>([
  ['ai.generateText.doGenerate', 'chat'],
  ['ai.streamText.doStream', 'chat'],
  ['ai.generateObject.doGenerate', 'chat'],
  ['ai.streamObject.doStream', 'chat'],
  ['ai.embed.doEmbed', 'embeddings'],
  ['ai.embedMany.doEmbed', 'embeddings'],
  ['ai.rerank.doRerank', 'rerank'],
  ['ai.generateSpeech', 'speech'],
  ['ai.transcribe', 'transcription'],
  ['ai.streamTranscribe', 'transcription'],
])

/** What known operations do. A later version may add to them, and will name the request alike. */
const operationsBySuffix = new Map<string, Operation>([
  ['doGenerate', 'chat'],
  ['doStream', 'chat'],
  ['doEmbed', 'embeddings'],
  ['doRerank', 'rerank'],
])

/** Operations that only group; to cut a string is slow. */
const groups = new Set([
  'ai.generateText',
  'ai.streamText',
  'ai.generateObject',
  'ai.streamObject',
  'ai.embed',
  'ai.embedMany',
  'ai.rerank',
  'ai.toolCall',
])

/** The operation of an `ai.operationId`, if that is one request; `undefined` if it groups. */
export function aiSdkOperation(operationId: string): Operation | undefined {
  const operation = operations.get(operationId)
  if (operation !== undefined || groups.has(operationId)) return operation
  return operationsBySuffix.get(operationId.slice(operationId.lastIndexOf('.') + 1))
}

export function readAiSdkCall({ attributes }: SpanLike): ModelCall | undefined {
  const operationId = text(attributes[names.AI_OPERATION_ID])
  if (operationId === undefined) return undefined
  const operation = aiSdkOperation(operationId)
  if (operation === undefined) return undefined
  const provider =
    text(attributes[names.AI_MODEL_PROVIDER]) ?? text(attributes[names.GEN_AI_SYSTEM]) ?? 'unknown'
  return {
    vocabulary: 'ai-sdk',
    operation,
    provider,
    family: providerFamily(provider),
    // The `ai.*` model is the one of the whole generation; a step may run another.
    requestModel:
      text(attributes[names.GEN_AI_REQUEST_MODEL]) ?? text(attributes[names.AI_MODEL_ID]),
    responseModel:
      text(attributes[names.AI_RESPONSE_MODEL]) ?? text(attributes[names.GEN_AI_RESPONSE_MODEL]),
  }
}
