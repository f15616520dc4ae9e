import { createCharger } from 'costspan'
import { describe, expect, test } from 'vitest'
import {
  aiSdkCall,
  genAiCall,
  metadata,
  plainSpan,
  type Attributes,
} from '../support/plain-span.ts'
import {
  agent,
  chargeOf,
  chargeOfAiSdk7,
  detailed,
  flat,
  genAi,
  google,
  prompt,
  rawAnthropic,
  statusOf,
  whole,
  written,
  writtenTwice,
} from '../support/reported-usage.ts'

describe('where input includes what was cached in every AI SDK', () => {
  test.each<[string, string, Attributes, object, string]>([
    [
      'OpenAI, AI SDK 4: input includes the cache',
      'openai.chat',
      {
        ...prompt(1000),
        ...metadata({ openai: { cachedPromptTokens: 600, reasoningTokens: 120 } }),
      },
      { ...whole, reasoning: 120 },
      'lower_bound cache_writes_unseen,audio_unseen',
    ],
    [
      'OpenAI, AI SDK 4, without metadata',
      'openai.chat',
      prompt(1000),
      { input: 1000, cacheRead: 0 },
      'estimated cache_reads_unseen,cache_writes_unseen,audio_unseen',
    ],
    [
      'OpenAI, AI SDK 5, a stream',
      'openai.responses',
      flat(1000, 600),
      whole,
      'lower_bound cache_writes_unseen,audio_unseen',
    ],
    [
      'OpenAI, AI SDK 5, generateText',
      'openai.responses',
      { ...prompt(1000), ...agent('5.0.277') },
      { input: 1000, cacheRead: 0 },
      'estimated cache_reads_unseen,cache_writes_unseen,audio_unseen',
    ],
    [
      'OpenAI, AI SDK 6',
      'openai.responses',
      detailed(1000, 600, 0),
      whole,
      'lower_bound audio_unseen',
    ],
    [
      'OpenAI, AI SDK 6, with cache writes',
      'openai.responses',
      detailed(1200, 600, 200),
      written,
      'lower_bound audio_unseen',
    ],
    [
      'Azure, AI SDK 5',
      'azure.responses',
      flat(1000, 600),
      whole,
      'lower_bound cache_writes_unseen,audio_unseen',
    ],
    [
      'Google, AI SDK 4: thoughts are lost',
      'google.generative-ai',
      { ...prompt(1000, 180), ...metadata({ google: {} }) },
      { input: 1000, output: 180 },
      'estimated cache_reads_unseen,reasoning_unseen,audio_unseen,images_unseen',
    ],
    [
      'Google, AI SDK 5: thoughts beside the output',
      'google.generative-ai',
      { ...prompt(1000, 180), ...agent('5.0.277'), ...google() },
      { ...whole, reasoning: 120 },
      'priced',
    ],
    [
      'Google, AI SDK 5, a stream, metadata gone',
      'google.generative-ai',
      { ...flat(1000, 600, 180), 'ai.usage.totalTokens': 1300 },
      whole,
      'lower_bound audio_unseen,images_unseen',
    ],
    [
      'Google, AI SDK 6: thoughts inside the output',
      'google.generative-ai',
      { ...detailed(1000, 600, 0), 'ai.usage.totalTokens': 1300 },
      whole,
      'lower_bound audio_unseen,images_unseen',
    ],
    [
      'Google, a tool prompt that AI SDK 5 and 6 leave out',
      'google.generative-ai',
      { ...flat(1000, 600, 180), ...google({ toolUsePromptTokenCount: 50 }) },
      { ...whole, input: 450 },
      'priced',
    ],
    [
      'Google, spoken input',
      'google.generative-ai',
      {
        ...flat(1000, 0),
        ...google({
          cachedContentTokenCount: 0,
          promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 700 }],
        }),
      },
      { input: 300, audioInput: 700, cacheRead: 0 },
      'priced',
    ],
    [
      'xAI, AI SDK 5: thoughts beside the output',
      'xai.chat',
      { ...flat(1000, 600, 10), 'ai.usage.totalTokens': 1130 },
      { output: 130, reasoning: 120 },
      'lower_bound cache_writes_unseen,audio_unseen',
    ],
  ])('%s', (_, provider, attributes, usage, status) => {
    const charged = chargeOf(aiSdkCall(provider, 'm', attributes))
    expect(charged.usage).toMatchObject(usage)
    expect(statusOf(charged)).toBe(status)
  })
})

describe('AI SDK 7 with OpenTelemetry', () => {
  test.each<[string, string, Attributes, object, string]>([
    ['OpenAI', 'openai', genAi(1000, 600, 0), whole, 'lower_bound audio_unseen'],
    [
      'Anthropic',
      'anthropic',
      { ...genAi(1200, 600, 200), ...rawAnthropic() },
      writtenTwice,
      'priced',
    ],
    [
      'Anthropic, bare',
      'anthropic',
      genAi(1200, 600, 200),
      written,
      'lower_bound cache_write_duration_unseen',
    ],
    [
      'Anthropic, an object',
      'anthropic',
      genAi(1200, 600),
      { input: 600, cacheRead: 600 },
      'lower_bound cache_writes_unseen',
    ],
    [
      'Anthropic, an object, with the usage option',
      'anthropic',
      { ...genAi(1200, 600), 'ai.usage.inputTokenDetails.noCacheTokens': 400 },
      written,
      'lower_bound cache_write_duration_unseen',
    ],
    [
      'Bedrock',
      'aws.bedrock',
      genAi(1200, 600, 200),
      written,
      'lower_bound cache_write_duration_unseen',
    ],
    ['Google', 'gcp.gemini', genAi(1000, 600, 0), whole, 'lower_bound audio_unseen,images_unseen'],
  ])('%s', (_, provider, attributes, usage, status) => {
    const charged = chargeOfAiSdk7(genAiCall(provider, 'm', attributes))
    expect(charged.usage).toMatchObject(usage)
    expect(charged.call.vocabulary).toBe('ai-sdk-7')
    expect(statusOf(charged)).toBe(status)
  })

  test.each<[string, Attributes]>([
    ['how long it took', { 'gen_ai.client.operation.duration': 1.5 }],
    ['what no cache held', { 'ai.usage.inputTokenDetails.noCacheTokens': 400 }],
  ])('with a tracer of its own is recognised by the attribute %s', (_, own) => {
    const attributes = { ...genAi(1200, 600, 200), ...rawAnthropic(), ...own }
    const charged = chargeOf(genAiCall('anthropic', 'm', attributes))
    expect(charged.call.vocabulary).toBe('ai-sdk-7')
    expect(charged.usage).toMatchObject(writtenTwice)
    expect(statusOf(charged)).toBe('priced')
  })
})

/** They write what the provider wrote: Anthropic and Bedrock count what was cached apart. */
describe('other instrumentations of the GenAI conventions', () => {
  test.each<[string, string, Attributes, object, string]>([
    [
      'one that knows no caches',
      'openai',
      { 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 300 },
      { input: 1000 },
      'estimated cache_reads_unseen,cache_writes_unseen,audio_unseen',
    ],
    ['OpenAI', 'openai', genAi(1000, 600, 0), whole, 'lower_bound audio_unseen'],
    [
      'Anthropic, with an input that may be either',
      'anthropic',
      genAi(1000, 600, 0),
      { cacheRead: 600 },
      'estimated usage_ambiguous',
    ],
    [
      'Anthropic, more cached than input',
      'anthropic',
      genAi(400, 600, 200),
      written,
      'lower_bound cache_write_duration_unseen',
    ],
    [
      'Anthropic, cache writes not reported',
      'anthropic',
      genAi(1000, 600),
      { cacheRead: 600 },
      'estimated cache_writes_unseen,cache_writes_missing,usage_ambiguous',
    ],
    [
      'Anthropic, knowing no caches',
      'anthropic',
      { 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 300 },
      { input: 1000, cacheRead: 0 },
      'estimated cache_reads_unseen,cache_reads_missing,cache_writes_unseen,cache_writes_missing',
    ],
    [
      'Anthropic, nothing cached',
      'anthropic',
      genAi(1000, 0, 0),
      { input: 1000, cacheRead: 0, cacheWrite5m: 0 },
      'priced',
    ],
    [
      'Anthropic, its own usage beside',
      'anthropic',
      { ...genAi(1200, 600, 200), ...rawAnthropic() },
      writtenTwice,
      'priced',
    ],
    [
      'Bedrock',
      'aws.bedrock',
      genAi(1200, 600, 200),
      { cacheRead: 600, cacheWrite5m: 200 },
      'estimated cache_write_duration_unseen,usage_ambiguous',
    ],
    [
      'Gemini, whose thoughts are on no span',
      'gcp.gemini',
      genAi(1000, 600, 0),
      whole,
      'lower_bound reasoning_unseen,audio_unseen,images_unseen',
    ],
  ])('%s', (_, provider, attributes, usage, status) => {
    const charged = chargeOf(genAiCall(provider, 'm', attributes))
    expect(charged.usage).toMatchObject(usage)
    expect(charged.call.vocabulary).toBe('gen-ai')
    expect(statusOf(charged)).toBe(status)
  })

  test('Traceloop: an input without what was cached, beside what was', () => {
    const scope = { name: 'opentelemetry.instrumentation.anthropic' }
    const attributes = genAiCall('anthropic', 'claude-sonnet-4-5', {
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 300,
      'gen_ai.usage.cache_read.input_tokens': 600,
      'gen_ai.usage.cache_creation.input_tokens': 0,
    })
    const charged = createCharger()(plainSpan(attributes, { instrumentationScope: scope }))
    expect(charged).toMatchObject({ status: 'estimated', reason: 'usage_ambiguous' })
  })
})
