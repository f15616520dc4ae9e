import { text, type SpanLike } from '../span/span.ts'
import { isCall, type ModelCall, type Operation, type SpanRole } from './model-call.ts'
import { providerFamily } from './provider-family.ts'

/**
 * `ai.*` spans: AI SDK 4 to 6, and 7 with `LegacyOpenTelemetry`. One request to the provider
 * ends in `.do…`; the span above it repeats or sums its usage. Speech and transcription have
 * no such inner span. Measured on ai 4.3.19, 5.0.277, 6.0.326 and 7.0.173. Every other operation is a group.
 */
const roles = new Map<string, SpanRole>([
  ['ai.generateSpeech', 'speech'],
  ['ai.transcribe', 'transcription'],
  ['ai.streamTranscribe', 'transcription'],
  ['ai.toolCall', 'tool'],
  // The groups of most calls, so that no string is cut for them.
  ['ai.generateText', 'group'],
  ['ai.streamText', 'group'],
])

/** By the last part of an operation: a later version may add operations, with the same names for requests. */
const callsBySuffix = new Map<string, Operation>([
  ['doGenerate', 'chat'],
  ['doStream', 'chat'],
  ['doEmbed', 'embeddings'],
  ['doRerank', 'rerank'],
])

/** Whether the AI SDK writes spans of that scope, old names or new, where it was given no tracer. */
export function isAiSdkScope(scope: string): boolean {
  return scope === 'ai' || scope === 'gen_ai'
}

/** What a span with that `ai.operationId` is. */
export function aiSdkRole(operationId: string): SpanRole {
  // Most calls are these two, which the table leaves out: to compare is quicker than to look up.
  if (operationId === 'ai.streamText.doStream' || operationId === 'ai.generateText.doGenerate') {
    return 'chat'
  }
  return (
    roles.get(operationId) ??
    callsBySuffix.get(operationId.slice(operationId.lastIndexOf('.') + 1)) ??
    'group'
  )
}

/** The call of a span with that `ai.operationId`, if it is one. */
export function readAiSdkCall(
  { attributes }: SpanLike,
  operationId: string,
): ModelCall | undefined {
  const operation = aiSdkRole(operationId)
  if (!isCall(operation)) return undefined
  const provider =
    text(attributes['ai.model.provider']) ??
    text(attributes['gen_ai.system']) ??
    // Traceloop's processor moves it there, and runs first where the SDK does not call `onEnding`.
    text(attributes['gen_ai.provider.name']) ??
    'unknown'
  return {
    vocabulary: 'ai-sdk',
    operation,
    provider,
    family: providerFamily(provider),
    // The `ai.*` model is that of the whole generation; a step may use another.
    requestModel: text(attributes['gen_ai.request.model']) ?? text(attributes['ai.model.id']),
    responseModel:
      text(attributes['ai.response.model']) ?? text(attributes['gen_ai.response.model']),
  }
}
