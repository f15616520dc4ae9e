import type { ModelCall, Vocabulary } from '../conventions/model-call.ts'
import type { SpanAttributes } from '../span/span.ts'
import { readAnthropicUsage } from './anthropic.ts'
import { readAudioUsage } from './audio.ts'
import { readBedrockUsage } from './bedrock.ts'
import { readGoogleUsage } from './google.ts'
import { readOpenAiUsage } from './openai.ts'
import { readRecordedUsage } from './manual-usage.ts'
import { readReported, type Reported } from './raw-usage.ts'
import * as Unseen from './unseen.ts'
import { inputTokens, type UsageReading } from './usage.ts'
import type { UsageReader } from './usage-reader.ts'

const readers = new Map<string, UsageReader>([
  ['anthropic', readAnthropicUsage],
  ['aws', readBedrockUsage],
  ['google', readGoogleUsage],
  ['google-vertex', readGoogleUsage],
])

/** Whose numbers these are: Claude counts as Anthropic does, on Vertex AI and behind the gateway. */
function usageReader({ operation, provider, family, requestModel }: ModelCall): UsageReader {
  // Nothing is cached but prompts of a chat.
  if (operation !== 'chat' || family === 'openai' || family === 'azure') return readOpenAiUsage
  if (provider.endsWith('anthropic.messages')) return readAnthropicUsage
  if (family === 'google-vertex' && requestModel?.startsWith('claude') === true) {
    return readAnthropicUsage
  }
  if (family === 'gateway' && requestModel?.startsWith('anthropic/') === true) {
    return readAnthropicUsage
  }
  return readers.get(family) ?? readOpenAiUsage
}

/** How much a call used, from the attributes of its span; `undefined` if they show no usage. */
export function readUsage(call: ModelCall, attributes: SpanAttributes): UsageReading | undefined {
  const isRecorded = call.vocabulary === 'recorded'
  if (!isRecorded && (call.operation === 'speech' || call.operation === 'transcription')) {
    return readAudioUsage(attributes)
  }
  const reported = readReported(call, attributes)
  if (isRecorded) return readRecordedUsage(reported, attributes)
  return hasUsage(reported) ? usageReader(call)(call, reported, attributes) : undefined
}

/** AI SDK 4 writes 0 and 0 where Anthropic failed in mid-stream; no prompt has no tokens. */
function hasUsage({ input = 0, output = 0, cacheRead = 0, cacheWrite = 0 }: Reported): boolean {
  return input + output + cacheRead + cacheWrite > 0
}

/** What any span may hide, whoever's numbers it has: bits of {@link Unseen}. */
export function readUnseen(
  call: ModelCall,
  attributes: SpanAttributes,
  { usage, unseen }: UsageReading,
): number {
  let all = unseen
  // What `recordCall` was told is all there is.
  if (call.operation !== 'chat' || call.vocabulary === 'recorded') return all
  if (inputTokens(usage) === 0) all |= Unseen.input
  if (usage.output === 0 && !reportsOutput(attributes)) all |= Unseen.output
  // Every call starts with it: who took it off, as Traceloop's processor does, has taken more.
  if (call.vocabulary === 'ai-sdk' && attributes['ai.model.provider'] === undefined) {
    all |= Unseen.metadata
  }
  // Perplexity bills every request by how widely it searched, which only its own figure tells.
  if (call.family === 'perplexity') all |= Unseen.fees
  if (usage.searches === 0 && providerRanTools(call, attributes)) all |= Unseen.fees
  return all
}

function reportsOutput(attributes: SpanAttributes): boolean {
  return (
    attributes['ai.usage.outputTokens'] === 0 ||
    attributes['ai.usage.completionTokens'] === 0 ||
    attributes['gen_ai.usage.output_tokens'] === 0
  )
}

/** Whether the call was given tools that the provider runs itself, such as web search. */
function providerRanTools({ vocabulary }: ModelCall, attributes: SpanAttributes): boolean {
  if (vocabulary === 'ai-sdk') {
    const tools: unknown = attributes['ai.prompt.tools']
    return Array.isArray(tools) && someProviderTool(tools)
  }
  return toldProviderTool(vocabulary, attributes)
}

function toldProviderTool(vocabulary: Vocabulary, attributes: SpanAttributes): boolean {
  // It tells no tools, which can be the provider's in a request for a response: that alone names
  // the provider by the newer attribute.
  if (vocabulary === 'opentelemetry') return attributes['gen_ai.provider.name'] !== undefined
  if (vocabulary === 'openinference' || vocabulary === 'traceloop' || vocabulary === 'anthropic') {
    // The request without its messages; in Traceloop's, which leaves out the tools that Anthropic
    // is given, what they were used for.
    const told = attributes['llm.invocation_parameters'] ?? attributes['gen_ai.output.messages']
    // Anthropic's own client tells no tools, unless it is to record content.
    return typeof told === 'string' ? billedTool.test(told) : vocabulary === 'anthropic'
  }
  const definitions = attributes['gen_ai.tool.definitions']
  if (typeof definitions !== 'string') return false
  // A text that begins with a rare letter first: it is found, or not, six times as fast.
  return (
    (definitions.includes('vider') && definitions.includes('"type":"provider')) ||
    (definitions.includes('xtension') && definitions.includes('"type":"extension"'))
  )
}

/** Tools that OpenAI and Anthropic run and bill, inside of no JSON string. */
const billedTool =
  /"(?:type":"(?:web_|file_s|code_|image_g|server_tool)|web_search_options"|name":"(?:web_search|code_execution)")/

const PROVIDER_TOOL = '{"type":"provider'
const LAST_OF_TYPE = PROVIDER_TOOL.length - 1

/** A closure and a search for each tool cost more than all the rest that is read of a usage. */
function someProviderTool(tools: readonly unknown[]): boolean {
  for (let index = 0; index < tools.length; index++) {
    const tool = tools[index]
    if (typeof tool !== 'string') continue
    // One letter tells it from `function`.
    if (tool[LAST_OF_TYPE] === 'r' && tool.startsWith(PROVIDER_TOOL)) return true
  }
  return false
}
