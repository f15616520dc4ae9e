import type { ModelCall } from '../conventions/model-call.ts'
import { asObject, readJsonObject, type JsonObject } from '../span/json.ts'
import { toQuantity, type SpanAttributes } from '../span/span.ts'

/** The token numbers as they stand on a span, before anyone says what includes what. */
export interface Reported {
  readonly input: number | undefined
  readonly output: number | undefined
  readonly cacheRead: number | undefined
  readonly cacheWrite: number | undefined
  readonly reasoning: number | undefined
  /** Read only where there is reasoning that it may count apart, which no `detailed` one does. */
  readonly total: number | undefined
  /**
   * `totals`: input and output only, whatever was cached (AI SDK 4, and `generateText` and
   * `generateObject` of 5 and early 6). `flat`: cached input besides. `detailed`: input is
   * split, and includes its parts.
   */
  readonly shape: 'totals' | 'flat' | 'detailed'
}

export function readReported(call: ModelCall, attributes: SpanAttributes): Reported {
  return call.vocabulary === 'ai-sdk' ? aiSdkReported(attributes) : genAiReported(call, attributes)
}

function aiSdkReported(attributes: SpanAttributes): Reported {
  const input = toQuantity(attributes['ai.usage.inputTokens'])
  const cacheRead = toQuantity(attributes['ai.usage.inputTokenDetails.cacheReadTokens'])
  const cacheWrite = toQuantity(attributes['ai.usage.inputTokenDetails.cacheWriteTokens'])
  const reasoning =
    toQuantity(attributes['ai.usage.outputTokenDetails.reasoningTokens']) ??
    toQuantity(attributes['ai.usage.reasoningTokens'])
  const isDetailed =
    cacheRead !== undefined ||
    cacheWrite !== undefined ||
    toQuantity(attributes['ai.usage.inputTokenDetails.noCacheTokens']) !== undefined
  return {
    input: input ?? olderInput(attributes),
    output: toQuantity(attributes['ai.usage.outputTokens']) ?? olderOutput(attributes),
    cacheRead: cacheRead ?? toQuantity(attributes['ai.usage.cachedInputTokens']),
    cacheWrite,
    reasoning,
    total:
      isDetailed || reasoning === undefined || reasoning === 0
        ? undefined
        : toQuantity(attributes['ai.usage.totalTokens']),
    shape: isDetailed ? 'detailed' : input === undefined ? 'totals' : 'flat',
  }
}

function genAiReported(call: ModelCall, attributes: SpanAttributes): Reported {
  return call.vocabulary === 'ai-sdk-7'
    ? aiSdk7Reported(attributes)
    : instrumentedReported(call, attributes)
}

function olderInput(attributes: SpanAttributes): number | undefined {
  return (
    toQuantity(attributes['ai.usage.promptTokens']) ??
    toQuantity(attributes['ai.usage.tokens']) ??
    genAiInput(attributes)
  )
}

function olderOutput(attributes: SpanAttributes): number | undefined {
  return toQuantity(attributes['ai.usage.completionTokens']) ?? genAiOutput(attributes)
}

function genAiInput(attributes: SpanAttributes): number | undefined {
  return (
    toQuantity(attributes['gen_ai.usage.input_tokens']) ??
    toQuantity(attributes['gen_ai.usage.prompt_tokens'])
  )
}

function genAiOutput(attributes: SpanAttributes): number | undefined {
  return (
    toQuantity(attributes['gen_ai.usage.output_tokens']) ??
    toQuantity(attributes['gen_ai.usage.completion_tokens'])
  )
}

/** AI SDK 7 always writes what was cached on a chat, and has it in the input. */
function aiSdk7Reported(attributes: SpanAttributes): Reported {
  const cacheRead = toQuantity(attributes['gen_ai.usage.cache_read.input_tokens'])
  return {
    input: toQuantity(attributes['gen_ai.usage.input_tokens']),
    output: toQuantity(attributes['gen_ai.usage.output_tokens']),
    cacheRead,
    cacheWrite: toQuantity(attributes['gen_ai.usage.cache_creation.input_tokens']),
    reasoning: toQuantity(attributes['ai.usage.outputTokenDetails.reasoningTokens']),
    total: undefined,
    shape: cacheRead === undefined ? 'totals' : 'detailed',
  }
}

/**
 * The conventions want every kind of input in `input_tokens`, and few comply. OpenInference's
 * instrumentation for Anthropic adds what was cached to the input, and leaves out zeros (0.2.8): one
 * that does not name the answering model apart is older, or somebody else's. So does Anthropic's own
 * client, whose writes have a name of their own.
 */
function instrumentedReported(
  { vocabulary, family }: ModelCall,
  attributes: SpanAttributes,
): Reported {
  const addsCaches =
    vocabulary === 'anthropic' ||
    (vocabulary === 'openinference' &&
      family === 'anthropic' &&
      attributes['llm.response.model_name'] !== undefined)
  const unsaid = addsCaches ? 0 : undefined
  const cacheRead =
    toQuantity(attributes['gen_ai.usage.cache_read.input_tokens']) ??
    toQuantity(attributes['llm.token_count.prompt_details.cache_read']) ??
    unsaid
  return {
    input: genAiInput(attributes) ?? toQuantity(attributes['llm.token_count.prompt']),
    output: genAiOutput(attributes) ?? toQuantity(attributes['llm.token_count.completion']),
    cacheRead,
    cacheWrite:
      toQuantity(attributes['gen_ai.usage.cache_creation.input_tokens']) ??
      toQuantity(attributes['gen_ai.usage.cache_write.input_tokens']) ??
      toQuantity(attributes['llm.token_count.prompt_details.cache_write']) ??
      unsaid,
    reasoning:
      toQuantity(attributes['gen_ai.usage.reasoning.output_tokens']) ??
      toQuantity(attributes['llm.token_count.completion_details.reasoning']),
    total: undefined,
    // An instrumentation that never writes it knows no caches.
    shape: cacheRead === undefined ? 'totals' : addsCaches ? 'detailed' : 'flat',
  }
}

/**
 * The answer of the provider, which OpenInference keeps whole where it was not streamed and
 * nobody hides it. What was streamed is text that the model chose, and nothing to believe.
 */
export function openInferenceAnswer(
  { vocabulary }: ModelCall,
  attributes: SpanAttributes,
): JsonObject | undefined {
  return vocabulary === 'openinference' && attributes['output.mime_type'] === 'application/json'
    ? asObject(readJsonObject(attributes['output.value']))
    : undefined
}

/**
 * The output with its reasoning. AI SDK 4 and 5 leave it out for some providers (Google, xAI):
 * then it is larger than the output it would be part of, or the total counts it apart.
 */
export function outputWithReasoning({
  input = 0,
  output = 0,
  reasoning = 0,
  total,
}: Reported): number {
  const isApart = reasoning > output || (reasoning > 0 && total === input + output + reasoning)
  return isApart ? output + reasoning : output
}
