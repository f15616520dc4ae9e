import type { ModelCall } from '../call/model-call.ts'
import * as names from '../span/attribute-names.ts'
import { toQuantity, type SpanAttributes } from '../span/span.ts'

/** The token numbers as they stand on a span, before anyone says what includes what. */
export interface Reported {
  readonly input: number | undefined
  readonly output: number | undefined
  readonly cacheRead: number | undefined
  readonly cacheWrite: number | undefined
  /** Read only where writes are not reported. */
  readonly noCache: number | undefined
  readonly reasoning: number | undefined
  /** Read only where there is reasoning that it may count apart. */
  readonly total: number | undefined
  /**
   * `totals`: input and output only, whatever was cached (AI SDK 4, and `generateText` and
   * `generateObject` of 5 and early 6). `flat`: cached input besides. `detailed`: input is
   * split, and includes its parts.
   */
  readonly shape: 'totals' | 'flat' | 'detailed'
}

export function readReported(call: ModelCall, attributes: SpanAttributes): Reported {
  return call.vocabulary === 'ai-sdk'
    ? aiSdkReported(attributes)
    : genAiReported(attributes, call.vocabulary === 'ai-sdk-7')
}

function aiSdkReported(attributes: SpanAttributes): Reported {
  const input = toQuantity(attributes[names.AI_USAGE_INPUT_TOKENS])
  const cacheRead = toQuantity(attributes[names.AI_USAGE_CACHE_READ_TOKENS])
  const cacheWrite = toQuantity(attributes[names.AI_USAGE_CACHE_WRITE_TOKENS])
  const noCache =
    cacheWrite === undefined ? toQuantity(attributes[names.AI_USAGE_NO_CACHE_TOKENS]) : undefined
  const reasoning =
    toQuantity(attributes[names.AI_USAGE_OUTPUT_REASONING_TOKENS]) ??
    toQuantity(attributes[names.AI_USAGE_REASONING_TOKENS])
  const isDetailed = cacheRead !== undefined || cacheWrite !== undefined || noCache !== undefined
  return {
    input:
      input ??
      toQuantity(attributes[names.AI_USAGE_PROMPT_TOKENS]) ??
      toQuantity(attributes[names.AI_USAGE_EMBEDDING_TOKENS]) ??
      toQuantity(attributes[names.GEN_AI_USAGE_INPUT_TOKENS]) ??
      toQuantity(attributes[names.GEN_AI_USAGE_PROMPT_TOKENS]),
    output:
      toQuantity(attributes[names.AI_USAGE_OUTPUT_TOKENS]) ??
      toQuantity(attributes[names.AI_USAGE_COMPLETION_TOKENS]) ??
      toQuantity(attributes[names.GEN_AI_USAGE_OUTPUT_TOKENS]) ??
      toQuantity(attributes[names.GEN_AI_USAGE_COMPLETION_TOKENS]),
    cacheRead: cacheRead ?? toQuantity(attributes[names.AI_USAGE_CACHED_INPUT_TOKENS]),
    cacheWrite,
    noCache,
    reasoning,
    total:
      reasoning === undefined || reasoning === 0
        ? undefined
        : toQuantity(attributes[names.AI_USAGE_TOTAL_TOKENS]),
    shape: isDetailed ? 'detailed' : input === undefined ? 'totals' : 'flat',
  }
}

/** The conventions want every kind of input in `input_tokens`; only AI SDK 7 is known to comply. */
function genAiReported(attributes: SpanAttributes, isAiSdk: boolean): Reported {
  const cacheRead = toQuantity(attributes[names.GEN_AI_USAGE_CACHE_READ_TOKENS])
  return {
    input:
      toQuantity(attributes[names.GEN_AI_USAGE_INPUT_TOKENS]) ??
      toQuantity(attributes[names.GEN_AI_USAGE_PROMPT_TOKENS]),
    output:
      toQuantity(attributes[names.GEN_AI_USAGE_OUTPUT_TOKENS]) ??
      toQuantity(attributes[names.GEN_AI_USAGE_COMPLETION_TOKENS]),
    cacheRead,
    cacheWrite: toQuantity(attributes[names.GEN_AI_USAGE_CACHE_CREATION_TOKENS]),
    noCache: toQuantity(attributes[names.AI_USAGE_NO_CACHE_TOKENS]),
    reasoning: toQuantity(attributes[names.AI_USAGE_OUTPUT_REASONING_TOKENS]),
    total: undefined,
    // AI SDK 7 always writes it on a chat; an instrumentation that never does knows no caches.
    shape: cacheRead === undefined ? 'totals' : isAiSdk ? 'detailed' : 'flat',
  }
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
