import { requestParameter } from '../conventions/openinference.ts'
import { objectAt, type JsonObject } from '../span/json.ts'
import { toQuantity, type SpanAttributes } from '../span/span.ts'
import {
  chatUsage,
  splitAnthropicInput,
  splitCached,
  type CacheReport,
  type InputSplit,
} from './cache-split.ts'
import { readProviderMetadata, type ProviderMetadata } from './provider-metadata.ts'
import { openInferenceAnswer, outputWithReasoning, type Reported } from './raw-usage.ts'
import * as Unseen from './unseen.ts'
import type { UsageReading } from './usage.ts'
import { servedTier, type UsageReader } from './usage-reader.ts'

/** Anthropic, directly or on Vertex AI. Output includes thinking in every version. */
export const readAnthropicUsage: UsageReader = (call, reported, attributes) => {
  const metadata = readProviderMetadata(attributes)
  const own = objectAt(metadata, 'anthropic') ?? openInferenceAnswer(call, attributes)
  const raw = objectAt(own, 'usage')
  const cache =
    raw === undefined ? earlyCacheReport(metadata, attributes) : rawCacheReport(reported, raw)
  const split = splitAnthropicInput(call, reported, cache, attributes)
  let unseen = metadata === 'unreadable' ? Unseen.metadata : 0
  // Compaction is billed on top, for a model and with caches that the client does not report.
  if (attributes['anthropic.usage.compaction.input_tokens'] !== undefined)
    unseen |= Unseen.ambiguous
  const terms = raw ?? askedTerms(attributes)
  const output = outputWithReasoning(reported)
  return readingOf(split, output, reported.reasoning, terms, unseen, metadata)
}

/** For a streamed answer OpenInference keeps only the request; Anthropic's client writes the tier. */
function askedTerms(attributes: SpanAttributes): JsonObject {
  return {
    speed: requestParameter(attributes, 'speed'),
    service_tier: attributes['anthropic.response.service_tier'],
    inference_geo: requestParameter(attributes, 'inference_geo'),
  }
}

/** Reads Anthropic's own usage object from an answer. Its input excludes cached tokens. */
export function readAnthropicAnswer(raw: JsonObject): UsageReading {
  const input = toQuantity(raw['input_tokens'])
  const output = toQuantity(raw['output_tokens'])
  const { read, write, write1h } = rawCacheReport({ input }, raw)
  const split = splitCached(input ?? 0, read, write, write1h, false)
  const unseen =
    (input === undefined ? Unseen.input : 0) | (output === undefined ? Unseen.output : 0)
  return readingOf(split, output ?? 0, undefined, raw, unseen)
}

function readingOf(
  split: InputSplit,
  output: number,
  reasoning: number | undefined,
  raw: JsonObject | undefined,
  unseenBefore: number,
  metadata?: ProviderMetadata,
): UsageReading {
  const thought = objectAt(raw, 'output_tokens_details')?.['thinking_tokens']
  const searches = toQuantity(objectAt(raw, 'server_tool_use')?.['web_search_requests'])
  const iterations = raw?.['iterations']
  let unseen = split.unseen | unseenBefore
  // Fallback and compaction run several models in one request; the top level counts one.
  if (Array.isArray(iterations) && iterations.length > 1) unseen |= Unseen.ambiguous
  return {
    usage: chatUsage(split, output, reasoning ?? toQuantity(thought) ?? 0, searches ?? 0),
    unseen,
    serviceTier: raw?.['speed'] === 'fast' ? 'fast' : servedTier(raw?.['service_tier']),
    region: inferenceRegion(raw?.['inference_geo']),
    metadata,
  }
}

/** AI SDK 5 and later: the provider's own usage object, whose input excludes cached tokens. */
function rawCacheReport({ input }: Pick<Reported, 'input'>, raw: JsonObject): CacheReport {
  const fresh = toQuantity(raw['input_tokens'])
  const read = cacheCount(raw, 'cache_read_input_tokens')
  const write = cacheCount(raw, 'cache_creation_input_tokens')
  const total = (fresh ?? 0) + (read ?? 0) + (write ?? 0)
  return {
    read,
    write,
    write1h: toQuantity(objectAt(raw, 'cache_creation')?.['ephemeral_1h_input_tokens']),
    inInput: input === total ? true : input === fresh ? false : undefined,
  }
}

/** AI SDK 4, and Anthropic's own client. */
function earlyCacheReport(metadata: ProviderMetadata, attributes: SpanAttributes): CacheReport {
  const own = objectAt(metadata, 'anthropic')
  return {
    read: cacheCount(own, 'cacheReadInputTokens'),
    write: cacheCount(own, 'cacheCreationInputTokens'),
    write1h: toQuantity(attributes['anthropic.usage.cache_creation.ephemeral_1h_input_tokens']),
    inInput: undefined,
  }
}

/** `null` means that nothing was cached. */
function cacheCount(own: JsonObject | undefined, name: string): number | undefined {
  return own !== undefined && own[name] === null ? 0 : toQuantity(own?.[name])
}

/** The region that inference was bound to, in lower case; `undefined` is any region. */
export function inferenceRegion(geography: unknown): string | undefined {
  if (typeof geography !== 'string') return undefined
  const region = geography.toLowerCase()
  return region === '' || region === 'global' || region === 'not_available' ? undefined : region
}
