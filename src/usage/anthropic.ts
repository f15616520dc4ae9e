import { toQuantity } from '../span/span.ts'
import { splitAnthropicInput, type CacheReport } from './cache-split.ts'
import { objectAt, type JsonObject, type ProviderMetadata } from './provider-metadata.ts'
import { outputWithReasoning, type Reported } from './reported.ts'
import { noUsage, Unseen, type Terms } from './usage.ts'
import { servedTier, type UsageReader } from './usage-reader.ts'

/** Anthropic, directly or on Vertex AI. Output includes thinking in every version. */
export const readAnthropicUsage: UsageReader = (call, reported, metadata, attributes) => {
  const raw = objectAt(metadata, 'anthropic', 'usage')
  const split = splitAnthropicInput(
    call,
    reported,
    cacheReport(reported, raw, metadata),
    attributes,
  )
  let unseen = split.unseen
  // Fallback and compaction run several models in one request; the top level counts one.
  if (Array.isArray(raw?.['iterations']) && raw['iterations'].length > 1) unseen |= Unseen.ambiguous
  return {
    usage: {
      ...noUsage,
      ...split.buckets,
      output: outputWithReasoning(reported),
      reasoning:
        reported.reasoning ??
        toQuantity(objectAt(raw ?? 'absent', 'output_tokens_details')?.['thinking_tokens']) ??
        0,
      searches:
        toQuantity(objectAt(raw ?? 'absent', 'server_tool_use')?.['web_search_requests']) ?? 0,
    },
    unseen,
    terms: readTerms(raw),
  }
}

function cacheReport(
  { input }: Reported,
  raw: JsonObject | undefined,
  metadata: ProviderMetadata,
): CacheReport {
  if (raw !== undefined) {
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

function readTerms(raw: JsonObject | undefined): Terms {
  const region = raw?.['inference_geo']
  return {
    serviceTier: raw?.['speed'] === 'fast' ? 'fast' : servedTier(raw?.['service_tier']),
    region: typeof region === 'string' && region.toLowerCase() === 'us' ? 'us' : undefined,
  }
}
