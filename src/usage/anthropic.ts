import { toQuantity } from '../span/span.ts'
import { chatUsage, splitAnthropicInput, type CacheReport } from './cache-split.ts'
import {
  objectAt,
  readProviderMetadata,
  type JsonObject,
  type ProviderMetadata,
} from './provider-metadata.ts'
import { outputWithReasoning, type Reported } from './reported.ts'
import { Unseen } from './usage.ts'
import { servedTier, type UsageReader } from './usage-reader.ts'

/** Anthropic, directly or on Vertex AI. Output includes thinking in every version. */
export const readAnthropicUsage: UsageReader = (call, reported, attributes) => {
  const metadata = readProviderMetadata(attributes)
  const raw = objectAt(objectAt(metadata, 'anthropic'), 'usage')
  const cache = raw === undefined ? earlyCacheReport(metadata) : rawCacheReport(reported, raw)
  const split = splitAnthropicInput(call, reported, cache, attributes)
  const thought = objectAt(raw, 'output_tokens_details')?.['thinking_tokens']
  const searches = toQuantity(objectAt(raw, 'server_tool_use')?.['web_search_requests'])
  const iterations = raw?.['iterations']
  let unseen = split.unseen
  if (metadata === 'unreadable') unseen |= Unseen.metadata
  // Fallback and compaction run several models in one request; the top level counts one.
  if (Array.isArray(iterations) && iterations.length > 1) unseen |= Unseen.ambiguous
  return {
    usage: chatUsage(
      split,
      outputWithReasoning(reported),
      reported.reasoning ?? toQuantity(thought) ?? 0,
      searches ?? 0,
    ),
    unseen,
    serviceTier: raw?.['speed'] === 'fast' ? 'fast' : servedTier(raw?.['service_tier']),
    region: inferenceRegion(raw?.['inference_geo']),
  }
}

/** AI SDK 5 and later: the provider's own usage object, whose input is what no cache held. */
function rawCacheReport({ input }: Reported, raw: JsonObject): CacheReport {
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

/** AI SDK 4. */
function earlyCacheReport(metadata: ProviderMetadata): CacheReport {
  const own = objectAt(metadata, 'anthropic')
  return {
    read: cacheCount(own, 'cacheReadInputTokens'),
    write: cacheCount(own, 'cacheCreationInputTokens'),
    write1h: undefined,
    inInput: undefined,
  }
}

/** Null where nothing was cached. */
function cacheCount(own: JsonObject | undefined, name: string): number | undefined {
  return own !== undefined && own[name] === null ? 0 : toQuantity(own?.[name])
}

function inferenceRegion(geography: unknown): string | undefined {
  if (typeof geography !== 'string') return undefined
  const region = geography.toLowerCase()
  return region === '' || region === 'global' || region === 'not_available' ? undefined : region
}
