import { createCharger, type Charge } from 'costspan'
import { definePrices } from 'costspan/prices'
import { aiSdk7Span, metadata, plainSpan, type Attributes } from './plain-span.ts'

/** All that a price can tell apart, so that whatever is unseen shows in the status. */
const rates = {
  input: 3,
  output: 15,
  cacheRead: 0.3,
  cacheWrite5m: 3.75,
  cacheWrite1h: 6,
  audioInput: 10,
  imageOutput: 30,
  characters: 15,
  second: 0.0001,
  search: 0.01,
}
const families = ['openai', 'azure', 'anthropic', 'aws', 'google', 'google-vertex', 'xai']
const rows = families.map((provider) => ({ provider, model: 'm', ...rates }))
const charge = createCharger({ prices: [definePrices('1', rows)] })
export const chargeOf = (attributes: Attributes): Charge => charge(plainSpan(attributes)) as Charge
/** The same, of a span that AI SDK 7's `OpenTelemetry` wrote. */
export const chargeOfAiSdk7 = (attributes: Attributes): Charge =>
  charge(aiSdk7Span(attributes)) as Charge

export const prompt = (input: number, output = 300): Attributes => ({
  'ai.usage.promptTokens': input,
  'ai.usage.completionTokens': output,
})
export const flat = (input: number, cached: number, output = 300): Attributes => ({
  'ai.usage.inputTokens': input,
  'ai.usage.outputTokens': output,
  'ai.usage.reasoningTokens': 120,
  'ai.usage.cachedInputTokens': cached,
})
export const detailed = (input: number, read: number, write: number): Attributes => ({
  ...flat(input, read),
  'ai.usage.inputTokenDetails.noCacheTokens': input - read - write,
  'ai.usage.inputTokenDetails.cacheReadTokens': read,
  'ai.usage.inputTokenDetails.cacheWriteTokens': write,
})
export const genAi = (input: number, read: number, write?: number): Attributes => ({
  'gen_ai.usage.input_tokens': input,
  'gen_ai.usage.output_tokens': 300,
  'gen_ai.usage.cache_read.input_tokens': read,
  ...(write === undefined ? {} : { 'gen_ai.usage.cache_creation.input_tokens': write }),
})
export const agent = (version: string): Attributes => ({
  'ai.request.headers.user-agent': `ai/${version}`,
})
export const rawAnthropic = (more: object = {}): Attributes =>
  metadata({
    anthropic: {
      usage: {
        input_tokens: 400,
        cache_read_input_tokens: 600,
        cache_creation_input_tokens: 200,
        cache_creation: { ephemeral_5m_input_tokens: 150, ephemeral_1h_input_tokens: 50 },
        ...more,
      },
    },
  })
export const four = metadata({
  anthropic: { cacheReadInputTokens: 600, cacheCreationInputTokens: 200 },
})
export const bedrock = (usage: object): Attributes => metadata({ bedrock: { usage } })
export const google = (more: object = {}): Attributes =>
  metadata({
    google: {
      usageMetadata: {
        promptTokenCount: 1000,
        cachedContentTokenCount: 600,
        candidatesTokenCount: 180,
        thoughtsTokenCount: 120,
        ...more,
      },
    },
  })

/** The mock of reference section 4: 400 fresh, 600 cached, 200 written; 300 out, 120 of it thought. */
export const whole = { input: 400, cacheRead: 600, output: 300 }
export const written = { ...whole, cacheWrite5m: 200, cacheWrite1h: 0 }
export const writtenTwice = { ...whole, cacheWrite5m: 150, cacheWrite1h: 50 }

/** Status and reason in one. */
export const statusOf = ({ status, reason }: Charge): string =>
  [status, reason].filter(Boolean).join(' ')
