import type { ModelCall } from '../call/model-call.ts'
import { toQuantity } from '../span/span.ts'
import { splitInclusiveInput } from './cache-split.ts'
import { asObject, objectAt, type JsonObject } from './provider-metadata.ts'
import { outputWithReasoning, type Reported } from './reported.ts'
import { noUsage, Unseen, type UsageReading } from './usage.ts'
import { servedTier, type UsageReader } from './usage-reader.ts'

/** Gemini, from AI Studio or Vertex AI: its own `usageMetadata` where the span has it. */
export const readGoogleUsage: UsageReader = (call, reported, metadata) => {
  const own =
    objectAt(metadata, 'google') ??
    objectAt(metadata, 'vertex') ??
    objectAt(metadata, 'googleVertex')
  const raw = own === undefined ? undefined : objectAt(own, 'usageMetadata')
  if (raw === undefined || toQuantity(raw['promptTokenCount']) === undefined) {
    return readTotals(call, reported)
  }
  return readUsageMetadata(raw, own ?? {})
}

/** Google's own names: a prompt with its cached part, and thoughts beside the candidates. */
function readUsageMetadata(raw: JsonObject, own: JsonObject): UsageReading {
  const prompt =
    (toQuantity(raw['promptTokenCount']) ?? 0) + (toQuantity(raw['toolUsePromptTokenCount']) ?? 0)
  const read = toQuantity(raw['cachedContentTokenCount']) ?? 0
  const thoughts = toQuantity(raw['thoughtsTokenCount']) ?? 0
  const cachedAudio = modality(raw, 'cacheTokensDetails', 'AUDIO')
  const spoken = modality(raw, 'promptTokensDetails', 'AUDIO')
  const audioInput = Math.min(Math.max(0, spoken - cachedAudio), Math.max(0, prompt - read))
  const imageOutput = modality(raw, 'candidatesTokensDetails', 'IMAGE')
  const audioOutput = modality(raw, 'candidatesTokensDetails', 'AUDIO')
  const { buckets } = splitInclusiveInput(prompt, read, 0, 0, 0)
  const candidates = toQuantity(raw['candidatesTokenCount']) ?? 0
  return {
    usage: {
      ...noUsage,
      ...buckets,
      input: Math.max(0, buckets.input - audioInput),
      audioInput,
      output: Math.max(0, candidates - imageOutput - audioOutput) + thoughts,
      reasoning: thoughts,
      imageOutput,
      audioOutput,
    },
    // Search grounding is billed by request or query, which no count says.
    unseen:
      (objectAt(own, 'groundingMetadata') === undefined ? 0 : Unseen.fees) |
      // Cached audio has a price of its own, and which part was cached is not always said.
      (spoken > 0 && read > 0 ? Unseen.ambiguous : 0),
    terms: {
      serviceTier: servedTier(own['serviceTier'] ?? raw['serviceTier'] ?? raw['trafficType']),
      region: undefined,
    },
  }
}

function modality(raw: JsonObject, details: string, name: string): number {
  const entries = raw[details]
  if (!Array.isArray(entries)) return 0
  let tokens = 0
  for (const value of entries) {
    const entry = asObject(value)
    if (entry?.['modality'] === name) tokens += toQuantity(entry['tokenCount']) ?? 0
  }
  return tokens
}

/** Without it: AI SDK 4 loses thoughts, 5 counts them beside the output, 6 and 7 inside. */
function readTotals(call: ModelCall, reported: Reported): UsageReading {
  const { input = 0, cacheRead, reasoning = 0, shape } = reported
  let unseen = 0
  if (call.operation === 'chat') {
    if (cacheRead === undefined && shape === 'totals') unseen |= Unseen.cacheReadsInInput
    if (shape === 'totals' && call.dialect === 'ai-sdk') unseen |= Unseen.reasoning
    unseen |= Unseen.audio | Unseen.images
  }
  const split = splitInclusiveInput(input, cacheRead ?? 0, 0, 0, unseen)
  return {
    usage: {
      ...noUsage,
      ...split.buckets,
      output: outputWithReasoning(reported),
      reasoning,
    },
    unseen,
    terms: { serviceTier: undefined, region: undefined },
  }
}
