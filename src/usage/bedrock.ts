import { asObject, objectAt, type JsonObject } from '../span/json.ts'
import { toQuantity } from '../span/span.ts'
import { chatUsage, splitAnthropicInput, type CacheReport } from './cache-split.ts'
import { readProviderMetadata } from './provider-metadata.ts'
import { outputWithReasoning } from './raw-usage.ts'
import * as Unseen from './unseen.ts'
import { servedTier, type UsageReader } from './usage-reader.ts'

/** Amazon Bedrock's Converse, whichever vendor's model it runs. */
export const readBedrockUsage: UsageReader = (call, reported, attributes) => {
  const metadata = readProviderMetadata(attributes)
  const own = objectAt(metadata, 'bedrock') ?? objectAt(metadata, 'amazonBedrock')
  const split = splitAnthropicInput(call, reported, cacheReport(objectAt(own, 'usage')), attributes)
  return {
    usage: chatUsage(split, outputWithReasoning(reported), reported.reasoning ?? 0, 0),
    unseen: metadata === 'unreadable' ? split.unseen | Unseen.metadata : split.unseen,
    // `{ type: 'flex' }`, as Converse answers (@ai-sdk/amazon-bedrock 3 to 5).
    serviceTier: servedTier(objectAt(own, 'serviceTier')?.['type']),
    region: undefined,
  }
}

/** Reads the cache counts of Bedrock's own usage object. */
export function cacheReport(raw: JsonObject | undefined): CacheReport {
  const details = Array.isArray(raw?.['cacheDetails']) ? raw['cacheDetails'] : undefined
  return {
    read: toQuantity(raw?.['cacheReadInputTokens']),
    write: toQuantity(raw?.['cacheWriteInputTokens']),
    write1h: details === undefined ? undefined : writtenForAnHour(details),
    // AI SDK 6 introduced both `cacheDetails` and an input that includes the cache.
    inInput: details === undefined ? undefined : true,
  }
}

/** Bedrock lists what it wrote by time to live. */
function writtenForAnHour(details: readonly unknown[]): number {
  let tokens = 0
  for (const detail of details) {
    const entry = asObject(detail)
    if (entry?.['ttl'] === '1h') tokens += toQuantity(entry['inputTokens']) ?? 0
  }
  return tokens
}
