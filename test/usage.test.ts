import { describe, expect, test } from 'vitest'
import { aiSdkCall, genAiCall, metadata, type Attributes } from './support/plain-span.ts'
import {
  agent,
  chargeOf,
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
} from './support/reported-usage.ts'

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
    [
      'an instrumentation that knows no caches',
      'openai',
      { 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 300 },
      { input: 1000 },
      'estimated cache_reads_unseen,cache_writes_unseen,audio_unseen',
    ],
  ])('%s', (_, provider, attributes, usage, status) => {
    const charged = chargeOf(genAiCall(provider, 'm', attributes))
    expect(charged.usage).toMatchObject(usage)
    expect(statusOf(charged)).toBe(status)
  })
})
