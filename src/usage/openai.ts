import { toQuantity } from '../span/span.ts'
import { splitInclusiveInput } from './cache-split.ts'
import { objectAt } from './provider-metadata.ts'
import { outputWithReasoning } from './reported.ts'
import { noUsage, Unseen, type UsageReading } from './usage.ts'
import { servedTier, type UsageReader } from './usage-reader.ts'

/**
 * OpenAI, Azure, and every provider that follows their wire format: input includes what was
 * cached, output includes reasoning, in every AI SDK.
 */
export const readOpenAiUsage: UsageReader = (call, reported, metadata) => {
  const own = objectAt(metadata, 'openai') ?? objectAt(metadata, 'azure') ?? {}
  const read = reported.cacheRead ?? toQuantity(own['cachedPromptTokens'])
  const write = reported.cacheWrite ?? toQuantity(objectAt(own, 'usage')?.['cacheWriteTokens'])

  let unseen = 0
  if (call.operation === 'chat') {
    // AI SDK 5 and 6 leave cached tokens out of `generateText` and `generateObject`; where a
    // shape has room for them and they are not there, the provider reported none.
    if (read === undefined && reported.shape === 'totals') unseen |= Unseen.cacheReadsInInput
    if (write === undefined) unseen |= Unseen.cacheWritesInInput
    // Audio tokens of chat completions reach no span in any version.
    unseen |= Unseen.audio
  }
  const split = splitInclusiveInput(reported.input ?? 0, read ?? 0, write ?? 0, 0, unseen)
  const reading: UsageReading = {
    usage: {
      ...noUsage,
      ...split.buckets,
      output: outputWithReasoning(reported),
      reasoning: reported.reasoning ?? toQuantity(own['reasoningTokens']) ?? 0,
    },
    unseen,
    terms: { serviceTier: servedTier(own['serviceTier']), region: undefined },
  }
  return reading
}
