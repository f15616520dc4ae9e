import type { ModelCall } from '../call/model-call.ts'
import * as names from '../span/attribute-names.ts'
import { text, type SpanAttributes } from '../span/span.ts'
import { readAnthropicUsage } from './anthropic.ts'
import { readAudioUsage } from './audio.ts'
import { readBedrockUsage } from './bedrock.ts'
import { readGoogleUsage } from './google.ts'
import { readOpenAiUsage } from './openai.ts'
import type { ProviderMetadata } from './provider-metadata.ts'
import { readReported, type Reported } from './reported.ts'
import { standardTerms, Unseen, type UsageReading } from './usage.ts'
import type { UsageReader } from './usage-reader.ts'

const readers = new Map<string, UsageReader>([
  ['anthropic', readAnthropicUsage],
  ['aws', readBedrockUsage],
  ['google', readGoogleUsage],
  ['google-vertex', readGoogleUsage],
])

/** Whose numbers these are: Claude counts as Anthropic does, on Vertex AI and behind a gateway. */
function usageReader(call: ModelCall): UsageReader {
  // Nothing is cached but prompts of a chat.
  if (call.operation !== 'chat') return readOpenAiUsage
  const behindGateway = call.requestModel?.startsWith('anthropic/') === true
  if (behindGateway || call.provider.includes('anthropic')) return readAnthropicUsage
  return readers.get(call.family) ?? readOpenAiUsage
}

/** How much a call used, from the attributes of its span. */
export function readUsage(
  call: ModelCall,
  attributes: SpanAttributes,
  metadata: ProviderMetadata,
): UsageReading {
  if (call.operation === 'speech' || call.operation === 'transcription') {
    return readAudioUsage(attributes)
  }
  const reported = readReported(call, attributes)
  if (!hasUsage(reported)) return { usage: undefined, unseen: 0, terms: standardTerms }
  const reading = usageReader(call)(call, reported, metadata, attributes)
  return {
    ...reading,
    unseen: reading.unseen | unseenByAll(call, reported, metadata, attributes, reading),
  }
}

/** AI SDK 4 writes 0 and 0 where Anthropic failed in mid-stream; no prompt has no tokens. */
function hasUsage({ input = 0, output = 0, cacheRead = 0, cacheWrite = 0 }: Reported): boolean {
  return input + output + cacheRead + cacheWrite > 0
}

function unseenByAll(
  call: ModelCall,
  reported: Reported,
  metadata: ProviderMetadata,
  attributes: SpanAttributes,
  reading: UsageReading,
): number {
  let unseen = 0
  if (reported.input === undefined) unseen |= Unseen.input
  if (reported.output === undefined && call.operation === 'chat') unseen |= Unseen.output
  if (metadata === 'unreadable') unseen |= Unseen.metadata
  if (reading.usage?.searches === 0 && providerRanTools(attributes)) unseen |= Unseen.fees
  return unseen
}

/** Whether the call was given tools that the provider runs itself, such as web search. */
function providerRanTools(attributes: SpanAttributes): boolean {
  const definitions = text(attributes, names.GEN_AI_TOOL_DEFINITIONS)
  if (definitions !== undefined) return definitions.includes('"type":"extension"')
  const tools = attributes[names.AI_PROMPT_TOOLS]
  if (!Array.isArray(tools)) return false
  return tools.some((tool) => typeof tool === 'string' && tool.startsWith('{"type":"provider'))
}
