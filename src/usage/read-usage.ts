import type { ModelCall, Vocabulary } from '../conventions/model-call.ts'
import type { SpanAttributes } from '../span/span.ts'
import { readAnthropicUsage } from './anthropic.ts'
import { readAudioUsage } from './audio.ts'
import { readBedrockUsage } from './bedrock.ts'
import { readGoogleUsage } from './google.ts'
import { readOpenAiUsage } from './openai.ts'
import { isRecorded, readAnswerUsage, readRecordedUsage } from './read-recorded-usage.ts'
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

/** Chooses the reader for a call. Claude counts as Anthropic does, also on Vertex AI and behind the gateway. */
function usageReader({ operation, provider, family, requestModel }: ModelCall): UsageReader {
  // Only prompts of a chat are cached.
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
  if (attributes['cost.usage.from_answer'] === true) return readAnswerUsage(attributes)
  const isRecordedCall = call.vocabulary === 'recorded'
  if (!isRecordedCall && (call.operation === 'speech' || call.operation === 'transcription')) {
    return readAudioUsage(attributes)
  }
  const reported = readReported(call, attributes)
  if (isRecordedCall) return readRecordedUsage(reported, attributes)
  return hasUsage(reported) ? usageReader(call)(call, reported, attributes) : undefined
}

/** AI SDK 4 writes 0 for both if Anthropic failed in mid-stream. A prompt always has tokens. */
function hasUsage({ input = 0, output = 0, cacheRead = 0, cacheWrite = 0 }: Reported): boolean {
  return input + output + cacheRead + cacheWrite > 0
}

/** What a span of any provider may hide of a usage: bits of `unseen.ts`. */
export function readUnseen(
  call: ModelCall,
  attributes: SpanAttributes,
  { usage, unseen }: UsageReading,
): number {
  let all = unseen
  // What is not known is written besides.
  if (call.operation !== 'chat' || isRecorded(call, attributes)) return all
  if (inputTokens(usage) === 0) all |= Unseen.input
  if (usage.output === 0 && !reportsOutput(attributes)) all |= Unseen.output
  // Every AI SDK call starts with it. A processor that removed it, such as Traceloop's, removed more.
  if (call.vocabulary === 'ai-sdk' && attributes['ai.model.provider'] === undefined) {
    all |= Unseen.metadata
  }
  // Perplexity bills every request by the breadth of its search, which only its reported cost shows.
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
  return showsProviderTool(vocabulary, attributes)
}

function showsProviderTool(vocabulary: Vocabulary, attributes: SpanAttributes): boolean {
  // This instrumentation writes no tools. Only requests for a response may have tools of the provider, and only
  // their spans have the newer provider attribute.
  if (vocabulary === 'opentelemetry') return attributes['gen_ai.provider.name'] !== undefined
  if (vocabulary === 'openinference' || vocabulary === 'traceloop' || vocabulary === 'anthropic') {
    // The request without its messages. Traceloop omits the tools given to Anthropic, so its output messages are
    // searched for their use.
    const json = attributes['llm.invocation_parameters'] ?? attributes['gen_ai.output.messages']
    // Anthropic's own client writes no tools, unless it records content.
    return typeof json === 'string' ? billedTool.test(json) : vocabulary === 'anthropic'
  }
  const definitions = attributes['gen_ai.tool.definitions']
  if (typeof definitions !== 'string') return false
  // A search for a text that begins with a rare letter is six times as fast, so it comes first.
  return (
    (definitions.includes('vider') && definitions.includes('"type":"provider')) ||
    (definitions.includes('xtension') && definitions.includes('"type":"extension"'))
  )
}

/** Tools that OpenAI and Anthropic run and bill. Inside a JSON string the quotes would be escaped. */
const billedTool =
  /"(?:type":"(?:web_|file_s|code_|image_g|server_tool)|web_search_options"|name":"(?:web_search|code_execution)")/

const PROVIDER_TOOL = '{"type":"provider'
const LAST_OF_TYPE = PROVIDER_TOOL.length - 1

/** A loop, because a closure and a search for each tool cost more than all other reads of a usage. */
function someProviderTool(tools: readonly unknown[]): boolean {
  for (let index = 0; index < tools.length; index++) {
    const tool = tools[index]
    if (typeof tool !== 'string') continue
    // One letter distinguishes it from `function`.
    if (tool[LAST_OF_TYPE] === 'r' && tool.startsWith(PROVIDER_TOOL)) return true
  }
  return false
}
