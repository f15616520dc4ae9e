import { aiSdkMajor } from '../conventions/ai-sdk-version.ts'
import type { ModelCall } from '../conventions/model-call.ts'
import { toQuantity, type SpanAttributes } from '../span/span.ts'
import type { Reported } from './raw-usage.ts'
import * as Unseen from './unseen.ts'
import type { Usage } from './usage.ts'

/** Tokens by a provider's own metadata; `undefined` where the metadata has none. */
export interface CacheReport {
  /** Tokens that were read from a cache. */
  readonly read: number | undefined
  /** Tokens that were written to a cache. */
  readonly write: number | undefined
  /** The part of `write` that is kept for an hour. */
  readonly write1h: number | undefined
  /** Whether the span's input includes cached tokens, if the metadata shows it. */
  readonly inInput: boolean | undefined
}

/** The tokens of a prompt, split into disjoint buckets, and bits of `unseen.ts`. */
export interface InputSplit {
  /** Tokens that were not cached. */
  readonly input: number
  /** Tokens that were read from a cache. */
  readonly cacheRead: number
  /** Tokens that were written to a cache for five minutes. */
  readonly cacheWrite5m: number
  /** Tokens that were written to a cache for an hour. */
  readonly cacheWrite1h: number
  /** Bits of `unseen.ts`. */
  readonly unseen: number
}

/**
 * Splits an input that should include cached tokens. An input smaller than its cached parts is no total: then it
 * counts the tokens that were not cached.
 */
export function splitInclusiveInput(
  input: number,
  read: number,
  write: number,
  write1h: number,
  unseen: number,
): InputSplit {
  const cached = read + write
  return splitExclusiveInput(input >= cached ? input - cached : input, read, write, write1h, unseen)
}

function splitExclusiveInput(
  input: number,
  read: number,
  write: number,
  write1h: number,
  unseen: number,
): InputSplit {
  const hour = Math.min(write1h, write)
  return { input, cacheRead: read, cacheWrite5m: write - hour, cacheWrite1h: hour, unseen }
}

/** The usage of a chat: text in, text out. */
export function chatUsage(
  split: InputSplit,
  output: number,
  reasoning: number,
  searches: number,
): Usage {
  return {
    input: split.input,
    cacheRead: split.cacheRead,
    cacheWrite5m: split.cacheWrite5m,
    cacheWrite1h: split.cacheWrite1h,
    output,
    reasoning,
    audioInput: 0,
    audioOutput: 0,
    imageInput: 0,
    imageOutput: 0,
    characters: 0,
    seconds: 0,
    searches,
  }
}

/**
 * Splits the input of Anthropic and Bedrock, which under the same attribute name excludes what
 * was cached in AI SDK 4 and 5, and includes it in 6 and 7.
 */
export function splitAnthropicInput(
  call: ModelCall,
  reported: Reported,
  cache: CacheReport,
  attributes: SpanAttributes,
): InputSplit {
  const read = reported.cacheRead ?? cache.read
  const stated = reported.cacheWrite ?? cache.write
  const cached = (read ?? 0) + (stated ?? 0)
  const inclusive = includesCache(call, reported, cached, cache.inInput, attributes)
  const write = stated ?? (inclusive ? writeByDifference(reported, attributes) : undefined)
  return splitCached(reported.input ?? 0, read, write, cache.write1h, inclusive)
}

/** Splits an input. `inclusive` is whether it includes cached tokens; `undefined` is unknown. */
export function splitCached(
  input: number,
  read: number | undefined,
  write: number | undefined,
  write1h: number | undefined,
  inclusive: boolean | undefined,
): InputSplit {
  let unseen = 0
  if (read === undefined) {
    if (inclusive !== false) unseen |= Unseen.cacheReadsInInput
    if (inclusive !== true) unseen |= Unseen.cacheReadsMissing
  }
  if (write === undefined) {
    if (inclusive !== false) unseen |= Unseen.cacheWritesInInput
    if (inclusive !== true) unseen |= Unseen.cacheWritesMissing
  }
  if (write !== undefined && write > 0 && write1h === undefined) {
    unseen |= Unseen.cacheWriteDuration
  }
  if (inclusive === undefined && (read ?? 0) + (write ?? 0) > 0) unseen |= Unseen.ambiguous

  const split = inclusive === false ? splitExclusiveInput : splitInclusiveInput
  return split(input, read ?? 0, write ?? 0, write1h ?? 0, unseen)
}

/** AI SDK 7 omits the cache writes of objects, but writes how many tokens were neither read nor written. */
function writeByDifference(
  { input, cacheRead }: Reported,
  attributes: SpanAttributes,
): number | undefined {
  const noCache = toQuantity(attributes['ai.usage.inputTokenDetails.noCacheTokens'])
  if (input === undefined || noCache === undefined || cacheRead === undefined) return undefined
  const write = input - noCache - cacheRead
  return write >= 0 ? write : undefined
}

/**
 * Whether `input` includes cached tokens; `undefined` if the span does not show it. The conventions require it,
 * but instrumentations of these two providers write the provider's own number.
 */
function includesCache(
  call: ModelCall,
  { shape, input = 0 }: Reported,
  cached: number,
  inInput: boolean | undefined,
  attributes: SpanAttributes,
): boolean | undefined {
  if (cached > input) return false
  if (call.vocabulary === 'ai-sdk-7' || shape === 'detailed') return true
  if (inInput !== undefined) return inInput
  // It writes Anthropic's own `input_tokens` (0.27.0).
  if (call.vocabulary === 'traceloop') return false
  const major = aiSdkMajor(attributes)
  if (major !== undefined) return major >= 6
  // Spans with totals and no user agent come from AI SDK 4 and the first ones of 5.
  return call.vocabulary === 'ai-sdk' && shape === 'totals' ? false : undefined
}
