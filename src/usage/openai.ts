import type { ModelCall } from '../conventions/model-call.ts'
import { requestParameter } from '../conventions/openinference.ts'
import { objectAt } from '../span/json.ts'
import { toQuantity, type SpanAttributes } from '../span/span.ts'
import { chatUsage, splitInclusiveInput } from './cache-split.ts'
import {
  findServiceTier,
  readProviderMetadata,
  type ProviderMetadata,
} from './provider-metadata.ts'
import { openInferenceAnswer, outputWithReasoning, type Reported } from './raw-usage.ts'
import * as Unseen from './unseen.ts'
import type { UsageReading } from './usage.ts'
import { servedTier, type UsageReader } from './usage-reader.ts'

/**
 * OpenAI, Azure, and every provider that follows their wire format: input includes what was
 * cached, output includes reasoning, in every AI SDK.
 */
export const readOpenAiUsage: UsageReader = (call, reported, attributes) => {
  const tier = reported.shape === 'detailed' ? findServiceTier(attributes) : undefined
  return tier === undefined
    ? readWithMetadata(call, reported, attributes)
    : readingOf(
        call,
        reported,
        reported.cacheRead,
        reported.cacheWrite,
        reported.reasoning,
        tier,
        undefined,
      )
}

/** Spans that lack a part of the usage: AI SDK 4 and 5 have some of it in the metadata. */
function readWithMetadata(
  call: ModelCall,
  reported: Reported,
  attributes: SpanAttributes,
): UsageReading {
  const metadata = readProviderMetadata(attributes)
  const own = objectAt(metadata, 'openai') ?? objectAt(metadata, 'azure') ?? {}
  return readingOf(
    call,
    reported,
    reported.cacheRead ?? toQuantity(own['cachedPromptTokens']),
    reported.cacheWrite ?? toQuantity(objectAt(own, 'usage')?.['cacheWriteTokens']),
    reported.reasoning ?? toQuantity(own['reasoningTokens']),
    own['serviceTier'] ??
      attributes['openai.response.service_tier'] ??
      // OpenInference keeps the answer, or else the request.
      openInferenceAnswer(call, attributes)?.['service_tier'] ??
      requestParameter(attributes, 'service_tier'),
    metadata,
  )
}

function readingOf(
  call: ModelCall,
  reported: Reported,
  read: number | undefined,
  write: number | undefined,
  reasoning: number | undefined,
  serviceTier: unknown,
  metadata: ProviderMetadata | undefined,
): UsageReading {
  let unseen = metadata === 'unreadable' ? Unseen.metadata : 0
  if (call.operation === 'chat') {
    // AI SDK 5 and 6 leave cached tokens out of `generateText` and `generateObject`; where a
    // shape has room for them and they are not there, the provider reported none.
    if (read === undefined && reported.shape === 'totals') unseen |= Unseen.cacheReadsInInput
    if (write === undefined) unseen |= Unseen.cacheWritesInInput
    // Audio tokens of chat completions reach no span of the AI SDK, and of others they are not read.
    unseen |= Unseen.audio
    // Traceloop may have counted a stream itself, which is its default: without the tokens that frame
    // messages, and without tools. Nothing on the span distinguishes the two.
    if (call.vocabulary === 'traceloop') unseen |= Unseen.ambiguous
    // Until @ai-sdk/xai 2.0.40 reasoning was not part of the output, and totals do not show it.
    if (call.family === 'xai' && reported.shape === 'totals') unseen |= Unseen.reasoning
  }
  const split = splitInclusiveInput(reported.input ?? 0, read ?? 0, write ?? 0, 0, unseen)
  return {
    usage: chatUsage(split, outputWithReasoning(reported), reasoning ?? 0, 0),
    unseen,
    serviceTier: servedTier(serviceTier),
    region: undefined,
    metadata,
  }
}
