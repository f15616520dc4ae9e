import { toQuantity } from '../span/span.ts'
import { splitAnthropicInput, type CacheReport } from './cache-split.ts'
import { asObject, objectAt, type JsonObject } from './provider-metadata.ts'
import { outputWithReasoning } from './reported.ts'
import { noUsage } from './usage.ts'
import { servedTier, type UsageReader } from './usage-reader.ts'

/** Amazon Bedrock's Converse, whichever vendor's model it runs. */
export const readBedrockUsage: UsageReader = (call, reported, metadata, attributes) => {
  const own = objectAt(metadata, 'bedrock') ?? objectAt(metadata, 'amazonBedrock')
  const raw = own === undefined ? undefined : objectAt(own, 'usage')
  const split = splitAnthropicInput(call, reported, cacheReport(raw), attributes)
  return {
    usage: {
      ...noUsage,
      ...split.buckets,
      output: outputWithReasoning(reported),
      reasoning: reported.reasoning ?? 0,
    },
    unseen: split.unseen,
    terms: { serviceTier: servedTier(own?.['serviceTier']), region: undefined },
  }
}

function cacheReport(raw: JsonObject | undefined): CacheReport {
  const details = Array.isArray(raw?.['cacheDetails']) ? raw['cacheDetails'] : undefined
  return {
    read: toQuantity(raw?.['cacheReadInputTokens']),
    write: toQuantity(raw?.['cacheWriteInputTokens']),
    write1h: details === undefined ? undefined : writtenForAnHour(details),
    // Both came with AI SDK 6.
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
