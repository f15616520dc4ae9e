import { createCharger, type Charge } from 'costspan'
import { definePrices } from 'costspan/prices'
import { describe, expect, test } from 'vitest'
import {
  aiSdk7Span,
  aiSdkCall,
  genAiCall,
  metadata,
  plainSpan,
  type Attributes,
} from '../support/plain-span.ts'

const rates = {
  input: 3,
  output: 15,
  cacheRead: 0.3,
  cacheWrite5m: 3.75,
  characters: 15,
  second: 0.01,
}
const families = ['openai', 'anthropic', 'aws', 'google', 'cohere', 'perplexity']
const rows = families.map((provider) => ({ provider, model: 'm', ...rates, search: 0.01 }))
const image = { provider: 'google', model: 'image', input: 3, output: 15, imageOutput: 120 }
const charge = createCharger({ prices: [definePrices('1', [...rows, image])] })
const chargeOf = (attributes: Attributes): Charge => charge(plainSpan(attributes)) as Charge
const statusOf = ({ status, reason }: Charge): string => [status, reason].filter(Boolean).join(' ')

const tokens = (input: unknown, output: unknown): Attributes => ({
  'ai.usage.inputTokens': input,
  'ai.usage.outputTokens': output,
  'ai.usage.cachedInputTokens': 0,
})
const anthropic = metadata({
  anthropic: { usage: { cache_read_input_tokens: 0, cache_creation_input_tokens: 0 } },
})

describe('usage that is missing or makes no sense', () => {
  test.each<[string, Attributes, string]>([
    ['nothing', {}, 'unknown_usage usage_not_reported'],
    ['NaN, as AI SDK 4 writes it', tokens(NaN, NaN), 'unknown_usage usage_not_reported'],
    [
      '0 and 0, as AI SDK 4 writes it for a broken stream',
      tokens(0, 0),
      'unknown_usage usage_not_reported',
    ],
    ['infinity', tokens(Infinity, -Infinity), 'unknown_usage usage_not_reported'],
    ['negative numbers', tokens(-5, -1), 'unknown_usage usage_not_reported'],
    ['numbers as text', tokens('5', '6'), 'unknown_usage usage_not_reported'],
    ['numbers too large to count with', tokens(2 ** 60, 1e300), 'unknown_usage usage_not_reported'],
    ['arrays and objects', tokens([5], { 5: 5 }), 'unknown_usage usage_not_reported'],
    ['bigints', tokens(5n, 6n), 'unknown_usage usage_not_reported'],
    ['no input', tokens(NaN, 6), 'lower_bound input_not_reported'],
    ['no output', tokens(5, undefined), 'lower_bound output_not_reported'],
    ['input and no output', tokens(5, 0), 'priced'],
  ])('%s', (_, attributes, status) => {
    const charged = chargeOf(aiSdkCall('anthropic', 'm', { ...anthropic, ...attributes }))
    expect(statusOf(charged)).toBe(status)
    expect(charged.usd === undefined).toBe(status.startsWith('unknown'))
  })

  test.each<[string, unknown]>([
    ['cut off', '{"anthropic":{"usage":{"cache_read_inp'],
    ['empty', ''],
    ['no object', '[1]'],
    ['null', 'null'],
    ['a number', 7],
    [
      'longer than a span should wait for',
      JSON.stringify({ anthropic: {}, more: 'x'.repeat(1e6) }),
    ],
  ])('provider metadata that is %s makes a cost an estimate', (_, json) => {
    const attributes = { ...tokens(5, 6), 'ai.response.providerMetadata': json }
    const charged = chargeOf(aiSdkCall('anthropic', 'm', attributes))
    expect(charged.status).toBe('estimated')
    expect(charged.reason).toContain('provider_metadata_unreadable')
  })

  test.each(['{"openai":{"serviceTi', '{"openai":{"responseId":"r","logprobs":[{"token":"a"'])(
    'a service tier may be gone with it, where it is cut off: %s',
    (json) => {
      const details = {
        'ai.usage.inputTokenDetails.cacheReadTokens': 0,
        'ai.usage.inputTokenDetails.cacheWriteTokens': 0,
        'ai.response.providerMetadata': json,
      }
      const charged = chargeOf(aiSdkCall('openai.responses', 'm', { ...tokens(5, 6), ...details }))
      expect(statusOf(charged)).toBe('estimated provider_metadata_unreadable')
    },
  )

  test.each(['__proto__', 'constructor', 'anthropic'])(
    'metadata under %s that is no usage leads nowhere',
    (name) => {
      const json = `{${JSON.stringify(name)}:{"usage":{"cache_read_input_tokens":{"a":1}}}}`
      const attributes = { ...tokens(5, 6), 'ai.response.providerMetadata': json }
      expect(chargeOf(aiSdkCall('anthropic', 'm', attributes)).usage).toMatchObject({
        input: 5,
        cacheRead: 0,
      })
    },
  )

  test('metadata that OTel SDK 3 keeps as an object is read', () => {
    const object = {
      anthropic: {
        usage: { input_tokens: 5, cache_read_input_tokens: 7, cache_creation_input_tokens: 0 },
      },
    }
    const attributes = {
      'ai.usage.promptTokens': 5,
      'ai.usage.completionTokens': 6,
      'ai.response.providerMetadata': object,
    }
    expect(chargeOf(aiSdkCall('anthropic', 'm', attributes)).usage).toMatchObject({
      input: 5,
      cacheRead: 7,
    })
  })

  test('more cached than input: the input was never a total', () => {
    const attributes = { ...tokens(400, 0), 'ai.usage.cachedInputTokens': 600 }
    expect(chargeOf(aiSdkCall('openai', 'm', attributes)).usage).toMatchObject({
      input: 400,
      cacheRead: 600,
    })
  })

  test('more reasoning than output is not charged as output alone', () => {
    const attributes = { ...tokens(10, 5), 'ai.usage.reasoningTokens': 300 }
    const { usage, status } = chargeOf(aiSdkCall('google.generative-ai', 'm', attributes))
    expect(status === 'priced' && (usage?.reasoning ?? 0) > (usage?.output ?? 0)).toBe(false)
  })
})

describe('what a provider bills beside text', () => {
  const google = (usageMetadata: object): Attributes => ({
    ...tokens(1000, 100),
    ...metadata({ google: { usageMetadata } }),
  })

  test('spoken input that was cached is not counted twice', () => {
    const spoken = [{ modality: 'AUDIO', tokenCount: 600 }]
    const raw = {
      promptTokenCount: 1000,
      cachedContentTokenCount: 500,
      promptTokensDetails: spoken,
    }
    const { usage, status } = chargeOf(aiSdkCall('google.generative-ai', 'm', google(raw)))
    const { input = 0, audioInput = 0, cacheRead = 0 } = usage ?? {}
    expect(input + audioInput + cacheRead).toBe(1000)
    expect(status).toBe('estimated')
  })

  test('a picture is priced as one', () => {
    const drawn = [{ modality: 'IMAGE', tokenCount: 90 }]
    const raw = {
      promptTokenCount: 1000,
      candidatesTokenCount: 100,
      candidatesTokensDetails: drawn,
    }
    const charged = chargeOf(aiSdkCall('google.generative-ai', 'image', google(raw)))
    expect(charged.usage).toMatchObject({ output: 10, imageOutput: 90 })
    expect(charged.usd).toBeCloseTo((1000 * 3 + 10 * 15 + 90 * 120) / 1e6, 12)
  })

  test('a picture that the span does not distinguish from text makes a cost a lower bound', () => {
    const bare = {
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 100,
      'gen_ai.usage.cache_read.input_tokens': 0,
    }
    expect(chargeOf(genAiCall('gcp.gemini', 'image', bare)).status).toBe('lower_bound')
  })

  test.each([
    ['AI SDK 4 to 6', { 'ai.prompt.tools': ['{"type":"provider-defined","name":"web_search"}'] }],
    ['AI SDK 5 and 6', { 'ai.prompt.tools': ['{"type":"provider","id":"google.search"}'] }],
  ])('tools that the provider runs make a cost a lower bound, %s', (_, tools) => {
    const attributes = { ...tokens(5, 6), ...tools }
    expect(
      statusOf(chargeOf(aiSdkCall('google', 'm', { ...attributes, ...metadata({ google: {} }) }))),
    ).toBe('lower_bound fees_unseen')
  })

  const genAi: Attributes = {
    'gen_ai.usage.input_tokens': 1000,
    'gen_ai.usage.output_tokens': 100,
    'gen_ai.usage.cache_read.input_tokens': 0,
    'gen_ai.usage.cache_creation.input_tokens': 0,
  }

  test.each([
    ['a tool of the provider', [{ type: 'provider', name: 'web_search' }], 'fees_unseen'],
    ['as older versions say it', [{ type: 'provider-defined', name: 'x' }], 'fees_unseen'],
    ['an extension', [{ type: 'extension', name: 'web_search' }], 'fees_unseen'],
    [
      'one among functions',
      [{ type: 'function', name: 'a' }, { type: 'extension' }],
      'fees_unseen',
    ],
    ['a function', [{ type: 'function', name: 'provider' }], undefined],
    ['no tools', [], undefined],
  ])('of AI SDK 7, too: %s', (_, tools, reason) => {
    const attributes = { ...genAi, 'gen_ai.tool.definitions': JSON.stringify(tools) }
    const charged = charge(aiSdk7Span(genAiCall('anthropic', 'm', attributes)))
    expect(charged?.reason).toBe(reason)
    expect(charged?.status).toBe(reason === undefined ? 'priced' : 'lower_bound')
  })

  test('Perplexity bills for how widely it searched, which no token count shows', () => {
    const attributes = aiSdkCall('perplexity', 'm', tokens(1000, 100))
    expect(chargeOf(attributes).reason?.split(',')).toContain('fees_unseen')
    expect(['lower_bound', 'estimated']).toContain(chargeOf(attributes).status)
    const cost = metadata({ perplexity: { cost: { totalCost: 0.0123 } } })
    expect(chargeOf({ ...attributes, ...cost })).toMatchObject({ usd: 0.0123, status: 'priced' })
  })

  test('searches that are counted are priced', () => {
    const usage = {
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
      server_tool_use: { web_search_requests: 3 },
    }
    const charged = chargeOf(
      aiSdkCall('anthropic', 'm', { ...tokens(5, 6), ...metadata({ anthropic: { usage } }) }),
    )
    expect(charged.listed?.feesUsd).toBeCloseTo(0.03, 12)
    expect(charged.status).toBe('priced')
  })
})

describe('operations other than chat', () => {
  const embedding = (provider: string, more: Attributes): Attributes => ({
    'ai.operationId': 'ai.embedMany.doEmbed',
    'ai.model.provider': provider,
    'ai.model.id': 'm',
    ...more,
  })
  const five = { 'ai.request.headers.user-agent': 'ai/5.0.277' }

  test.each<[string, string, Attributes, string]>([
    ['embeddings', 'openai.embedding', { 'ai.usage.tokens': 70 }, 'priced'],
    ['embeddings of Google', 'google.generative-ai', { 'ai.usage.tokens': 70 }, 'priced'],
    ['embeddings of Bedrock, AI SDK 4', 'amazon-bedrock', { 'ai.usage.tokens': 70 }, 'priced'],
    [
      'embeddings of Bedrock, AI SDK 5',
      'amazon-bedrock',
      { 'ai.usage.tokens': 70, ...five },
      'priced',
    ],
    [
      'embeddings without usage',
      'google.generative-ai',
      { 'ai.usage.tokens': NaN },
      'unknown_usage usage_not_reported',
    ],
  ])('%s', (_, provider, more, status) => {
    const charged = chargeOf(embedding(provider, more))
    expect(statusOf(charged)).toBe(status)
    if (status === 'priced') expect(charged.usage).toMatchObject({ input: 70, output: 0 })
  })

  test('a rerank shows no usage in any version', () => {
    const attributes = {
      'ai.operationId': 'ai.rerank.doRerank',
      'ai.model.provider': 'cohere.reranking',
      'ai.model.id': 'm',
    }
    expect(statusOf(chargeOf(attributes))).toBe('unknown_usage usage_not_reported')
  })

  const audio = (operation: string, usage: Attributes): Attributes => ({
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'm',
    ...Object.fromEntries(
      Object.entries(usage).map(([name, value]) => [`gen_ai.usage.${name}`, value]),
    ),
  })

  test.each<[string, string, Attributes, object | undefined]>([
    ['speech by the character', 'ai.generateSpeech', { characters: 40 }, { characters: 40 }],
    ['transcription by the second', 'ai.transcribe', { seconds: 12.5 }, { seconds: 12.5 }],
    [
      'transcription by the token',
      'ai.transcribe',
      { input_tokens: 100, output_tokens: 20, 'input_token_details.audio_tokens': 90 },
      { input: 10, audioInput: 90, output: 20 },
    ],
    ['speech that OpenAI reports no usage for', 'ai.generateSpeech', {}, undefined],
    ['speech of no characters', 'ai.generateSpeech', { characters: 0 }, undefined],
    [
      'transcription of no tokens',
      'ai.transcribe',
      { input_tokens: 0, output_tokens: 0 },
      undefined,
    ],
    ['seconds that are not a number', 'ai.transcribe', { seconds: NaN }, undefined],
  ])('%s', (_, operation, reported, usage) => {
    const charged = chargeOf(audio(operation, reported))
    if (usage === undefined) expect(statusOf(charged)).toBe('unknown_usage usage_not_reported')
    else expect(charged.usage).toMatchObject(usage)
  })

  test('AI SDK 7 with LegacyOpenTelemetry writes the same under ai.usage', () => {
    const attributes = {
      'ai.operationId': 'ai.transcribe',
      'ai.model.provider': 'openai.transcription',
      'ai.model.id': 'm',
      'ai.usage.seconds': 12,
    }
    expect(chargeOf(attributes).usd).toBeCloseTo(0.12, 12)
  })
})
