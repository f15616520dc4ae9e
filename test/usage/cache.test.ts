import { describe, expect, test } from 'vitest'
import { aiSdkCall, metadata, type Attributes } from '../support/plain-span.ts'
import {
  agent,
  bedrock,
  chargeOf,
  detailed,
  flat,
  four,
  prompt,
  rawAnthropic,
  statusOf,
  written,
  writtenTwice,
} from '../support/reported-usage.ts'

describe('where input excludes what was cached in AI SDK 4 and 5, and includes it in 6 and 7', () => {
  test.each<[string, string, Attributes, object, string]>([
    [
      'Anthropic, AI SDK 4: input excludes the cache',
      'anthropic.messages',
      { ...prompt(400), ...four },
      written,
      'lower_bound cache_write_duration_unseen',
    ],
    [
      'Anthropic, AI SDK 4, nothing cached',
      'anthropic.messages',
      {
        ...prompt(400),
        ...metadata({ anthropic: { cacheReadInputTokens: null, cacheCreationInputTokens: null } }),
      },
      { input: 400, cacheRead: 0, cacheWrite5m: 0 },
      'priced',
    ],
    [
      'Anthropic, AI SDK 4, before metadata was written',
      'anthropic.messages',
      prompt(400),
      { input: 400 },
      'lower_bound cache_reads_missing,cache_writes_missing',
    ],
    [
      'Anthropic, AI SDK 5: input excludes the cache',
      'anthropic.messages',
      { ...prompt(400), ...agent('5.0.277'), ...rawAnthropic() },
      writtenTwice,
      'priced',
    ],
    [
      'Anthropic, AI SDK 5, a stream',
      'anthropic.messages',
      { ...flat(400, 600), ...rawAnthropic() },
      writtenTwice,
      'priced',
    ],
    [
      'Anthropic, which reports only the uncached part of its input: the input includes the rest',
      'anthropic.messages',
      {
        'ai.usage.inputTokens': 1200,
        'ai.usage.outputTokens': 200,
        'ai.usage.inputTokenDetails.noCacheTokens': 400,
      },
      { input: 1200, cacheRead: 0, cacheWrite5m: 0 },
      'estimated cache_reads_unseen,cache_writes_unseen',
    ],
    [
      'Anthropic, AI SDK 6: input includes the cache',
      'anthropic.messages',
      { ...detailed(1200, 600, 200), ...rawAnthropic() },
      writtenTwice,
      'priced',
    ],
    [
      'Anthropic, early AI SDK 6',
      'anthropic.messages',
      { ...prompt(1200), ...agent('6.0.100'), ...rawAnthropic() },
      writtenTwice,
      'priced',
    ],
    [
      'Anthropic, AI SDK 6, metadata hidden',
      'anthropic.messages',
      detailed(1200, 600, 200),
      written,
      'lower_bound cache_write_duration_unseen',
    ],
    [
      'Anthropic, streamObject, metadata hidden, more cached than input',
      'anthropic.messages',
      flat(400, 600),
      { input: 400, cacheRead: 600 },
      'lower_bound cache_writes_missing',
    ],
    [
      'Anthropic, streamObject, metadata hidden',
      'anthropic.messages',
      flat(1200, 600),
      { input: 600, cacheRead: 600 },
      'estimated cache_writes_unseen,cache_writes_missing,usage_ambiguous',
    ],
    [
      'Anthropic, several iterations',
      'anthropic.messages',
      { ...detailed(1200, 600, 200), ...rawAnthropic({ iterations: [{}, {}] }) },
      writtenTwice,
      'estimated usage_ambiguous',
    ],
    [
      'Anthropic, null where nothing was cached',
      'anthropic.messages',
      {
        ...prompt(400),
        ...agent('5.0.277'),
        ...rawAnthropic({
          cache_read_input_tokens: null,
          cache_creation_input_tokens: null,
          cache_creation: null,
        }),
      },
      { input: 400, cacheRead: 0, cacheWrite5m: 0 },
      'priced',
    ],
    [
      'Claude on Vertex AI counts as Anthropic does',
      'vertex.anthropic.messages',
      { ...detailed(1200, 600, 200), ...rawAnthropic() },
      writtenTwice,
      'priced',
    ],
    [
      'Bedrock, AI SDK 4',
      'amazon-bedrock',
      { ...prompt(400), ...bedrock({ cacheReadInputTokens: 600, cacheWriteInputTokens: 200 }) },
      written,
      'lower_bound cache_write_duration_unseen',
    ],
    [
      'Bedrock, AI SDK 5',
      'amazon-bedrock',
      { ...prompt(400), ...agent('5.0.277'), ...bedrock({ cacheWriteInputTokens: 200 }) },
      { input: 400, cacheRead: 0, cacheWrite5m: 200 },
      'lower_bound cache_reads_missing,cache_write_duration_unseen',
    ],
    [
      'Bedrock, AI SDK 5, a stream that only wrote',
      'amazon-bedrock',
      { ...flat(400, 0), ...bedrock({ cacheWriteInputTokens: 200 }) },
      { cacheWrite5m: 200 },
      'estimated cache_write_duration_unseen,usage_ambiguous',
    ],
    [
      'Bedrock, AI SDK 6',
      'amazon-bedrock',
      {
        ...detailed(1200, 600, 200),
        ...bedrock({
          cacheWriteInputTokens: 200,
          cacheDetails: [
            { ttl: '5m', inputTokens: 150 },
            { ttl: '1h', inputTokens: 50 },
          ],
        }),
      },
      writtenTwice,
      'priced',
    ],
  ])('%s', (_, provider, attributes, usage, status) => {
    const charged = chargeOf(aiSdkCall(provider, 'm', attributes))
    expect(charged.usage).toMatchObject(usage)
    expect(statusOf(charged)).toBe(status)
  })
})

test.each([
  ['flex', 'flex'],
  ['default', undefined],
])('Bedrock reports the tier that served a call as an object: %s', (type, tier) => {
  const answer = metadata({ bedrock: { usage: {}, serviceTier: { type } } })
  const attributes = { ...detailed(1200, 600, 200), ...answer }
  expect(chargeOf(aiSdkCall('amazon-bedrock', 'm', attributes)).terms.serviceTier).toBe(tier)
})
