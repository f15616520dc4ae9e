import type { ModelCall } from '../conventions/model-call.ts'
import { asObject, readJsonObject, type JsonObject } from '../span/json.ts'
import { toQuantity, type SpanAttributes } from '../span/span.ts'

/** The usage of a span as written, all in tokens, before it is decided which number includes which. */
export interface Reported {
  /** Tokens of the prompt. */
  readonly input: number | undefined
  /** Tokens of the answer. */
  readonly output: number | undefined
  /** Tokens that were read from a cache. */
  readonly cacheRead: number | undefined
  /** Tokens that were written to a cache. */
  readonly cacheWrite: number | undefined
  /** Reasoning tokens. */
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
 * The conventions require every kind of input in `input_tokens`, and few comply. OpenInference's
 * instrumentation for Anthropic adds cached tokens to the input, and omits zeros (0.2.8); a span without
 * `llm.response.model_name` comes from an older version or another instrumentation. Anthropic's own client does the
 * same, and writes cache writes under a different name.
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
  const omitted = addsCaches ? 0 : undefined
  const cacheRead =
    toQuantity(attributes['gen_ai.usage.cache_read.input_tokens']) ??
    toQuantity(attributes['llm.token_count.prompt_details.cache_read']) ??
    omitted
  return {
    input: genAiInput(attributes) ?? toQuantity(attributes['llm.token_count.prompt']),
    output: genAiOutput(attributes) ?? toQuantity(attributes['llm.token_count.completion']),
    cacheRead,
    cacheWrite:
      toQuantity(attributes['gen_ai.usage.cache_creation.input_tokens']) ??
      toQuantity(attributes['gen_ai.usage.cache_write.input_tokens']) ??
      toQuantity(attributes['llm.token_count.prompt_details.cache_write']) ??
      omitted,
    reasoning:
      toQuantity(attributes['gen_ai.usage.reasoning.output_tokens']) ??
      toQuantity(attributes['llm.token_count.completion_details.reasoning']),
    total: undefined,
    // An instrumentation that never writes the attribute does not know caches.
    shape: cacheRead === undefined ? 'totals' : addsCaches ? 'detailed' : 'flat',
  }
}

/**
 * Returns the provider's answer, which OpenInference keeps whole if it was not streamed and not hidden. A streamed
 * output is text that the model chose, and therefore untrusted.
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
 * Returns the output including reasoning. AI SDK 4 and 5 exclude reasoning for some providers (Google, xAI):
 * then it is larger than the output, or the total counts it separately.
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
