import { bill, dollars, statedBill, xaiBill, type Billed } from '../price/reported-cost.ts'
import { asObject, objectAt, type JsonObject } from '../span/json.ts'
import { toQuantity } from '../span/span.ts'
import { chatUsage, splitInclusiveInput, type InputSplit } from '../usage/cache-split.ts'
import { outputWithReasoning } from '../usage/raw-usage.ts'
import { servedTier } from '../usage/usage-reader.ts'
import * as Unseen from '../usage/unseen.ts'
import type { Usage } from '../usage/usage.ts'
import { toRecorded, type RecordedUsage } from './recorded-usage.ts'

/**
 * OpenAI's chat completions and all APIs with the same answer (`prompt_tokens`), and its responses,
 * transcriptions and images (`input_tokens`). Totals include their parts. `undefined` if the usage may be
 * another's: Anthropic has `input_tokens`, too, which there leaves out what was cached.
 */
export function readOpenAiAnswer(usage: JsonObject, answer: JsonObject): RecordedUsage | undefined {
  if (usage['type'] === 'duration') return transcribed(usage)
  const counts = countsOf(usage, answer)
  if (counts === undefined) return undefined
  const { input, output } = counts
  const serviceTier = servedTier(answer['service_tier'] ?? usage['service_tier'])
  // Embeddings have no output that would be counted, and nothing is cached for them.
  if (output === undefined && toQuantity(usage['total_tokens']) === input) {
    return { input, ...(serviceTier !== undefined && { serviceTier }) }
  }
  return readAnswer(input, output, usage, answer, serviceTier)
}

function transcribed(usage: JsonObject): RecordedUsage | undefined {
  const seconds = toQuantity(usage['seconds'])
  return seconds === undefined ? undefined : { seconds }
}

/** Either pair of names, not both: with both it is unknown which of them counts what. */
function countsOf(
  usage: JsonObject,
  answer: JsonObject,
): { readonly input: number; readonly output: number | undefined } | undefined {
  const prompt = toQuantity(usage['prompt_tokens'])
  const input = toQuantity(usage['input_tokens'])
  if (prompt !== undefined) {
    return input === undefined
      ? { input: prompt, output: toQuantity(usage['completion_tokens']) }
      : undefined
  }
  const isOpenAi =
    'total_tokens' in usage || inputDetails(usage) !== undefined || answer['object'] === 'response'
  const isAnthropic = 'cache_read_input_tokens' in usage || 'cache_creation_input_tokens' in usage
  return input === undefined || !isOpenAi || isAnthropic
    ? undefined
    : { input, output: toQuantity(usage['output_tokens']) }
}

function readAnswer(
  input: number,
  output: number | undefined,
  usage: JsonObject,
  answer: JsonObject,
  serviceTier: string | undefined,
): RecordedUsage {
  const prompt = promptOf(input, usage)
  const completion = answerOf(input, output, usage)
  let { unseen } = prompt
  if (output === undefined) unseen |= Unseen.output
  if (madeImages(answer) && completion.imageOutput === 0) unseen |= Unseen.images
  if (ranTools(usage, answer)) unseen |= Unseen.fees
  const { audioInput, imageInput } = prompt
  const { audioOutput, imageOutput } = completion
  const text = chatUsage(prompt, completion.output, completion.reasoning, 0)
  return toRecorded(
    {
      usage: { ...text, audioInput, imageInput, audioOutput, imageOutput },
      unseen,
      serviceTier,
      region: undefined,
    },
    billedIn(usage),
  )
}

interface Prompt extends InputSplit {
  readonly audioInput: number
  readonly imageInput: number
}

function promptOf(input: number, usage: JsonObject): Prompt {
  const parts = inputDetails(usage)
  const read = cachedTokens(usage, parts)
  const write = toQuantity(parts?.['cache_write_tokens'])
  const spoken = toQuantity(parts?.['audio_tokens']) ?? 0
  const spokenCached = toQuantity(objectAt(parts, 'cached_tokens_details')?.['audio_tokens']) ?? 0
  // Only of images that it makes does OpenAI charge another price for images in the prompt.
  const seen = toQuantity(objectAt(usage, 'input_tokens_details')?.['image_tokens']) ?? 0
  let unseen = 0
  // A transcription reads no cache.
  if (usage['type'] !== 'tokens') {
    if (read === undefined) unseen |= Unseen.cacheReadsInInput
    if (write === undefined) unseen |= Unseen.cacheWritesInInput
  }
  // Cached audio has a price of its own.
  if (spoken > 0 && (read ?? 0) > 0) unseen |= Unseen.ambiguous
  const split = splitInclusiveInput(input, read ?? 0, write ?? 0, 0, unseen)
  const audioInput = Math.min(Math.max(0, spoken - spokenCached), split.input)
  const imageInput = Math.min(seen, split.input - audioInput)
  return { ...split, input: split.input - audioInput - imageInput, audioInput, imageInput }
}

type Completion = Pick<Usage, 'output' | 'reasoning' | 'audioOutput' | 'imageOutput'>

function answerOf(input: number, output: number | undefined, usage: JsonObject): Completion {
  const parts = outputDetails(usage)
  const reasoning = toQuantity(parts?.['reasoning_tokens'])
  const total = allOutput(input, output, reasoning, usage)
  const audioOutput = Math.min(toQuantity(parts?.['audio_tokens']) ?? 0, total)
  const imageOutput = Math.min(toQuantity(parts?.['image_tokens']) ?? 0, total - audioOutput)
  return {
    output: total - audioOutput - imageOutput,
    reasoning: reasoning ?? 0,
    audioOutput,
    imageOutput,
  }
}

function inputDetails(usage: JsonObject): JsonObject | undefined {
  return (
    objectAt(usage, 'prompt_tokens_details') ??
    objectAt(usage, 'input_tokens_details') ??
    objectAt(usage, 'input_token_details')
  )
}

function outputDetails(usage: JsonObject): JsonObject | undefined {
  return (
    objectAt(usage, 'completion_tokens_details') ??
    objectAt(usage, 'output_tokens_details') ??
    objectAt(usage, 'output_token_details')
  )
}

/** DeepSeek and Moonshot have names of their own beside the totals. */
function cachedTokens(usage: JsonObject, details: JsonObject | undefined): number | undefined {
  return (
    toQuantity(details?.['cached_tokens']) ??
    toQuantity(usage['prompt_cache_hit_tokens']) ??
    toQuantity(usage['cached_tokens'])
  )
}

/** xAI counts reasoning apart from the completion. */
function allOutput(
  input: number,
  output: number | undefined,
  reasoning: number | undefined,
  usage: JsonObject,
): number {
  return outputWithReasoning({
    input,
    output,
    reasoning,
    total: toQuantity(usage['total_tokens']),
    cacheRead: undefined,
    cacheWrite: undefined,
    shape: 'detailed',
  })
}

/** OpenAI's images API, which answers with nothing else. */
function madeImages({ data }: JsonObject): boolean {
  return Array.isArray(data) && data.some((image) => 'b64_json' in (asObject(image) ?? {}))
}

const paidTools = new Set<unknown>([
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
])

/** Whether the provider ran tools or searches that it bills by a count that the answer lacks, or that is not comparable. */
function ranTools(usage: JsonObject, { output, choices }: JsonObject): boolean {
  const items = Array.isArray(output) ? output.map(asObject) : []
  const messages = Array.isArray(choices)
    ? choices.map((choice) => objectAt(asObject(choice), 'message'))
    : []
  const searches = [
    usage['num_sources_used'],
    usage['num_search_queries'],
    objectAt(usage, 'server_tool_use')?.['web_search_requests'],
  ]
  return (
    items.some((item) => paidTools.has(item?.['type'])) ||
    messages.some((message) => hasItems(message?.['annotations'])) ||
    searches.some((count) => (toQuantity(count) ?? 0) > 0)
  )
}

function hasItems(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0
}

/** The cost that OpenRouter, xAI or Perplexity reports, each under names that only it uses. */
function billedIn(usage: JsonObject): Billed | undefined {
  const details = objectAt(usage, 'cost_details')
  const { cost, is_byok: isByok } = usage
  if (details !== undefined || typeof isByok === 'boolean') {
    return statedBill(cost, details?.['upstream_inference_cost'], isByok)
  }
  const stated = asObject(cost)?.['total_cost']
  return stated === undefined ? xaiBill(usage['cost_in_usd_ticks']) : bill(dollars(stated))
}
