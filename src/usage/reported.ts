import type { ModelCall } from '../call/model-call.ts'
import * as names from '../span/attribute-names.ts'
import { quantity, text, type SpanAttributes } from '../span/span.ts'

/** The token numbers as they stand on a span, before anyone says what includes what. */
export interface Reported {
  readonly input: number | undefined
  readonly output: number | undefined
  readonly cacheRead: number | undefined
  readonly cacheWrite: number | undefined
  readonly noCache: number | undefined
  readonly reasoning: number | undefined
  readonly total: number | undefined
  /**
   * `totals`: input and output only, whatever was cached (AI SDK 4, and `generateText` and
   * `generateObject` of 5 and early 6). `flat`: cached input besides. `detailed`: input is
   * split, and includes its parts.
   */
  readonly shape: 'totals' | 'flat' | 'detailed'
}

export function readReported(call: ModelCall, attributes: SpanAttributes): Reported {
  return call.dialect === 'ai-sdk' ? aiSdkReported(attributes) : genAiReported(attributes)
}

function aiSdkReported(attributes: SpanAttributes): Reported {
  const promptTokens = quantity(attributes, names.AI_USAGE_PROMPT_TOKENS)
  const cacheReadTokens = quantity(attributes, names.AI_USAGE_CACHE_READ_TOKENS)
  const cacheWriteTokens = quantity(attributes, names.AI_USAGE_CACHE_WRITE_TOKENS)
  const noCache = quantity(attributes, names.AI_USAGE_NO_CACHE_TOKENS)
  const input = quantity(attributes, names.AI_USAGE_INPUT_TOKENS)
  const detailed =
    cacheReadTokens !== undefined || cacheWriteTokens !== undefined || noCache !== undefined
  return {
    input:
      input ??
      promptTokens ??
      quantity(attributes, names.AI_USAGE_EMBEDDING_TOKENS) ??
      quantity(attributes, names.GEN_AI_USAGE_INPUT_TOKENS) ??
      quantity(attributes, names.GEN_AI_USAGE_PROMPT_TOKENS),
    output:
      quantity(attributes, names.AI_USAGE_OUTPUT_TOKENS) ??
      quantity(attributes, names.AI_USAGE_COMPLETION_TOKENS) ??
      quantity(attributes, names.GEN_AI_USAGE_OUTPUT_TOKENS) ??
      quantity(attributes, names.GEN_AI_USAGE_COMPLETION_TOKENS),
    cacheRead: cacheReadTokens ?? quantity(attributes, names.AI_USAGE_CACHED_INPUT_TOKENS),
    cacheWrite: cacheWriteTokens,
    noCache,
    reasoning:
      quantity(attributes, names.AI_USAGE_OUTPUT_REASONING_TOKENS) ??
      quantity(attributes, names.AI_USAGE_REASONING_TOKENS),
    total: quantity(attributes, names.AI_USAGE_TOTAL_TOKENS),
    shape: detailed ? 'detailed' : input === undefined ? 'totals' : 'flat',
  }
}

/** Conventions, `gen_ai.usage.input_tokens`: "SHOULD include all types of input tokens". */
function genAiReported(attributes: SpanAttributes): Reported {
  const cacheRead = quantity(attributes, names.GEN_AI_USAGE_CACHE_READ_TOKENS)
  return {
    input:
      quantity(attributes, names.GEN_AI_USAGE_INPUT_TOKENS) ??
      quantity(attributes, names.GEN_AI_USAGE_PROMPT_TOKENS),
    output:
      quantity(attributes, names.GEN_AI_USAGE_OUTPUT_TOKENS) ??
      quantity(attributes, names.GEN_AI_USAGE_COMPLETION_TOKENS),
    cacheRead,
    cacheWrite: quantity(attributes, names.GEN_AI_USAGE_CACHE_CREATION_TOKENS),
    noCache: quantity(attributes, names.AI_USAGE_NO_CACHE_TOKENS),
    reasoning: quantity(attributes, names.AI_USAGE_OUTPUT_REASONING_TOKENS),
    total: undefined,
    // AI SDK 7 always writes it on a chat; an instrumentation that never does knows no caches.
    shape: cacheRead === undefined ? 'totals' : 'detailed',
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

/**
 * The AI SDK's major version from a user agent such as `ai/5.0.43 runtime/node.js/20`, which
 * `generateText`, `generateObject` and `embed` write from 5.0.43 on, and streams never do.
 */
export function aiSdkMajor(attributes: SpanAttributes): number | undefined {
  const userAgent = text(attributes, names.AI_USER_AGENT)
  if (userAgent === undefined) return undefined
  const at = ` ${userAgent}`.indexOf(' ai/')
  const major = at === -1 ? Number.NaN : Number.parseInt(userAgent.slice(at + 3, at + 6), 10)
  return Number.isNaN(major) ? undefined : major
}
