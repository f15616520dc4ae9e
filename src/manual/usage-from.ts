import { invalidOption, isRecord } from '../invalid-option.ts'
import { asObject, objectAt, type JsonObject } from '../span/json.ts'
import { toQuantity } from '../span/span.ts'
import { readAnthropicAnswer } from '../usage/anthropic.ts'
import { cacheReport } from '../usage/bedrock.ts'
import { chatUsage, splitCached } from '../usage/cache-split.ts'
import { readUsageMetadata } from '../usage/google.ts'
import { servedTier } from '../usage/usage-reader.ts'
import * as Unseen from '../usage/unseen.ts'
import type { UsageReading } from '../usage/usage.ts'
import { readOpenAiAnswer } from './openai-answer.ts'
import { toRecorded, type RecordedUsage } from './recorded-usage.ts'

/**
 * Reads the usage of a provider's answer: of the whole response, of the last event of a stream that
 * carries usage, or the bare usage object. Give it the whole response where you have it, for service
 * tier and fees are beside the usage. What the answer does not show is in `unseen`, so that
 * `cost.status` shows how far the cost may be off.
 *
 * It reads OpenAI's chat completions (and all APIs with the same answer), responses, embeddings and
 * transcriptions, OpenRouter with what it billed, Anthropic's messages, Google's generateContent,
 * Amazon Bedrock's Converse, and what Cohere bills. With a shape that two of them share nothing is guessed:
 * give the whole response.
 *
 * @param response an object of any of these shapes.
 * @throws TypeError if no usage of a known shape is there.
 *
 * @example
 * ```ts
 * import { usageFrom } from 'costspan/record'
 *
 * const answer = { usage: { prompt_tokens: 1000, completion_tokens: 200, total_tokens: 1200 } }
 * const { input, output } = usageFrom(answer)
 * ```
 */
export function usageFrom(response: unknown): RecordedUsage {
  if (!isRecord(response)) throw invalidOption('response', 'an object', response)
  const answer = unwrapped(response)
  const usage = Object.hasOwn(answer, 'usage') ? objectAt(answer, 'usage') : answer
  for (const read of readers) {
    const found = usage && read(usage, answer)
    if (found !== undefined) return found
  }
  throw invalidOption(
    'response',
    'an answer whose usage is recognised: of OpenAI chat completions (prompt_tokens; of streams with ' +
      '`stream_options: { include_usage: true }`), responses (input_tokens with total_tokens), ' +
      'Anthropic messages (input_tokens with cache_read_input_tokens), Google (usageMetadata), ' +
      'Bedrock Converse (inputTokens with cacheReadInputTokens), or Cohere (billed_units)',
  )
}

/** Returns `undefined` unless the usage certainly has that shape. */
type AnswerReader = (usage: JsonObject, answer: JsonObject) => RecordedUsage | undefined

const readers: readonly AnswerReader[] = [
  readGoogle,
  readAnthropic,
  readOpenAiAnswer,
  readBedrock,
  readCohere,
]

/** The answer inside an event of a stream, or what a client wraps around it. */
function unwrapped(whole: JsonObject): JsonObject {
  const { type } = whole
  if (type === 'message_start') return { ...objectAt(whole, 'message'), type }
  if (typeof type === 'string' && type.startsWith('response.')) {
    return objectAt(whole, 'response') ?? whole
  }
  const inner = objectAt(whole, 'metadata') ?? objectAt(whole, 'response')
  const isWrapped = inner !== undefined && ('usage' in inner || 'usageMetadata' in inner)
  return isWrapped && !('usage' in whole) ? inner : whole
}

function readGoogle(usage: JsonObject, answer: JsonObject): RecordedUsage | undefined {
  const raw = objectAt(answer, 'usageMetadata') ?? usage
  const prompt = toQuantity(raw['promptTokenCount'])
  if (prompt === undefined) return undefined
  const reading = readUsageMetadata(raw, { ...answer, ...grounding(answer) })
  const counted = [
    prompt,
    raw['candidatesTokenCount'],
    raw['thoughtsTokenCount'],
    raw['toolUsePromptTokenCount'],
  ].reduce<number>((sum, count) => sum + (toQuantity(count) ?? 0), 0)
  const isComplete = (toQuantity(raw['totalTokenCount']) ?? counted) <= counted
  return toRecorded(isComplete ? reading : hiding(reading, Unseen.output))
}

function grounding(answer: JsonObject): JsonObject {
  const { candidates } = answer
  if (!Array.isArray(candidates)) return {}
  const found = candidates
    .map((candidate) => objectAt(asObject(candidate), 'groundingMetadata'))
    .find((metadata) => metadata !== undefined)
  return found === undefined ? {} : { groundingMetadata: found }
}

const anthropicNames = [
  'cache_creation_input_tokens',
  'cache_read_input_tokens',
  'cache_creation',
  'inference_geo',
]
const anthropicTypes = new Set<unknown>(['message', 'message_delta', 'message_start'])

function readAnthropic(usage: JsonObject, answer: JsonObject): RecordedUsage | undefined {
  const { type } = answer
  const isAnthropic = anthropicTypes.has(type) || anthropicNames.some((name) => name in usage)
  const isOther = 'total_tokens' in usage || 'prompt_tokens' in usage
  if (!isAnthropic || isOther || !('output_tokens' in usage)) return undefined
  const reading = readAnthropicAnswer(usage)
  // The first event of a stream has the prompt, and only the first few tokens of the answer.
  return toRecorded(type === 'message_start' ? hiding(reading, Unseen.brokenOff) : reading)
}

const bedrockNames = ['cacheReadInputTokens', 'cacheWriteInputTokens', 'cacheDetails']
/** The AI SDK's usage has the same names for totals, and these besides. */
const aiSdkNames = [
  'inputTokenDetails',
  'outputTokenDetails',
  'cachedInputTokens',
  'reasoningTokens',
]

function readBedrock(usage: JsonObject, answer: JsonObject): RecordedUsage | undefined {
  const input = toQuantity(usage['inputTokens'])
  const output = toQuantity(usage['outputTokens'])
  const isBedrock =
    bedrockNames.some((name) => name in usage) ||
    objectAt(answer, 'metrics')?.['latencyMs'] !== undefined
  const isOther = aiSdkNames.some((name) => name in usage)
  if (input === undefined || output === undefined || !isBedrock || isOther) return undefined
  const { read, write, write1h } = cacheReport(usage)
  const split = splitCached(input, read, write, write1h, false)
  const tier = answer['serviceTier']
  return toRecorded({
    usage: chatUsage(split, output, 0, 0),
    unseen: split.unseen,
    serviceTier: servedTier(asObject(tier)?.['type'] ?? tier),
    region: undefined,
  })
}

/** What Cohere bills: tokens of a chat, searches of a rerank; its other counts are not what is paid for. */
function readCohere(usage: JsonObject, answer: JsonObject): RecordedUsage | undefined {
  const billed =
    objectAt(usage, 'billed_units') ?? objectAt(objectAt(answer, 'meta'), 'billed_units')
  if (billed === undefined) return undefined
  const read = {
    input: toQuantity(billed['input_tokens']),
    output: toQuantity(billed['output_tokens']),
    searches: toQuantity(billed['search_units']),
  }
  return read.input === undefined && read.searches === undefined ? undefined : read
}

function hiding(reading: UsageReading, unseen: number): UsageReading {
  return { ...reading, unseen: reading.unseen | unseen }
}
