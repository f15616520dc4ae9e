import type { ModelCall } from '../conventions/model-call.ts'
import { asObject, objectAt, type JsonObject } from '../span/json.ts'
import { toQuantity } from '../span/span.ts'
import { chatUsage, splitInclusiveInput } from './cache-split.ts'
import { readProviderMetadata, type ProviderMetadata } from './provider-metadata.ts'
import { outputWithReasoning, type Reported } from './raw-usage.ts'
import * as Unseen from './unseen.ts'
import type { UsageReading } from './usage.ts'
import { servedTier, type UsageReader } from './usage-reader.ts'

/** Gemini, from AI Studio or Vertex AI: its own `usageMetadata` where the span has it. */
export const readGoogleUsage: UsageReader = (call, reported, attributes) => {
  const metadata = readProviderMetadata(attributes)
  const own =
    objectAt(metadata, 'google') ??
    objectAt(metadata, 'vertex') ??
    objectAt(metadata, 'googleVertex')
  const raw = objectAt(own, 'usageMetadata')
  return own === undefined || raw === undefined || toQuantity(raw['promptTokenCount']) === undefined
    ? readTotals(call, reported, metadata)
    : readUsageMetadata(raw, own)
}

/** Google's own names: a prompt with its cached part, and thoughts beside the candidates. */
export function readUsageMetadata(raw: JsonObject, own: JsonObject): UsageReading {
  const prompt =
    (toQuantity(raw['promptTokenCount']) ?? 0) + (toQuantity(raw['toolUsePromptTokenCount']) ?? 0)
  const read = toQuantity(raw['cachedContentTokenCount']) ?? 0
  const thoughts = toQuantity(raw['thoughtsTokenCount']) ?? 0
  const cachedAudio = modality(raw['cacheTokensDetails'], 'AUDIO')
  const spoken = modality(raw['promptTokensDetails'], 'AUDIO')
  const audioInput = Math.min(Math.max(0, spoken - cachedAudio), Math.max(0, prompt - read))
  const imageOutput = modality(raw['candidatesTokensDetails'], 'IMAGE')
  const audioOutput = modality(raw['candidatesTokensDetails'], 'AUDIO')
  const split = splitInclusiveInput(prompt, read, 0, 0, 0)
  const candidates = toQuantity(raw['candidatesTokenCount']) ?? 0
  return {
    usage: {
      input: Math.max(0, split.input - audioInput),
      cacheRead: split.cacheRead,
      cacheWrite5m: 0,
      cacheWrite1h: 0,
      output: Math.max(0, candidates - imageOutput - audioOutput) + thoughts,
      reasoning: thoughts,
      audioInput,
      audioOutput,
      imageInput: 0,
      imageOutput,
      characters: 0,
      seconds: 0,
      searches: 0,
    },
    // Search grounding is billed by request or query, which no field counts.
    unseen:
      (objectAt(own, 'groundingMetadata') === undefined ? 0 : Unseen.fees) |
      // Cached audio has a separate price, and the metadata does not always show which part was cached.
      (spoken > 0 && read > 0 ? Unseen.ambiguous : 0),
    serviceTier: servedTier(own['serviceTier'] ?? raw['serviceTier'] ?? raw['trafficType']),
    region: undefined,
  }
}

/** Tokens of one kind, out of a list of `{ modality, tokenCount }`. */
function modality(details: unknown, name: string): number {
  if (!Array.isArray(details)) return 0
  let tokens = 0
  for (const value of details) {
    const entry = asObject(value)
    if (entry?.['modality'] === name) tokens += toQuantity(entry['tokenCount']) ?? 0
  }
  return tokens
}

/**
 * Without it: AI SDK 4 loses thoughts, 5 counts them beside the output, 6 and 7 inside. Other
 * instrumentations write the candidates, and thoughts nowhere.
 */
function readTotals(call: ModelCall, reported: Reported, metadata: ProviderMetadata): UsageReading {
  const { input = 0, cacheRead, reasoning, shape } = reported
  let unseen = metadata === 'unreadable' ? Unseen.metadata : 0
  if (cacheRead === undefined && shape === 'totals') unseen |= Unseen.cacheReadsInInput
  const losesThoughts =
    call.vocabulary !== 'ai-sdk-7' && (call.vocabulary !== 'ai-sdk' || shape === 'totals')
  if (losesThoughts && reasoning === undefined) unseen |= Unseen.reasoning
  unseen |= Unseen.audio | Unseen.images
  const split = splitInclusiveInput(input, cacheRead ?? 0, 0, 0, unseen)
  return {
    usage: chatUsage(split, outputWithReasoning(reported), reasoning ?? 0, 0),
    unseen,
    serviceTier: undefined,
    region: undefined,
  }
}
