import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listedModel } from '../../src/price/catalog.ts'
import { catalogAnswer } from './known-answers.ts'

const thousand = 1000

const usages = [
  { input: thousand },
  { output: thousand },
  { input: thousand, cacheRead: thousand },
] as const satisfies { [bucket: string]: number }[]

/** The price of a million tokens of each kind, at noon of a day, or why there is none. */
function rates(provider: string, model: string, day: string, serviceTier?: string): unknown[] {
  const asked = { provider, model, timestamp: `${day}T12:00:00Z` }
  const terms = serviceTier === undefined ? {} : { serviceTier }
  return usages.map((usage) => {
    const usd = catalogAnswer({ ...asked, ...terms, usage })
    return typeof usd === 'number' ? Number((usd * thousand).toPrecision(12)) : usd
  })
}

type Row = [provider: string, model: string, day: string, tier: string | undefined, rates: number[]]

describe('a price on the days that it holds: input, output, cached input', () => {
  const sonnet = 'claude-sonnet-5-5'
  test.each<Row>([
    // Cached input of Claude Sonnet 5.5 became cheaper on 7 October 2026, at its maker and behind routers.
    ['anthropic.messages', sonnet, '2026-10-06', undefined, [2, 10, 0.2]],
    ['anthropic.messages', sonnet, '2026-10-07', undefined, [2, 10, 0.1]],
    ['anthropic.messages', sonnet, '2026-10-06', 'batch', [1, 5, 0.1]],
    ['googleVertex.anthropic.messages', sonnet, '2026-10-06', undefined, [2, 10, 0.2]],
    ['amazon-bedrock', `us.anthropic.${sonnet}`, '2026-10-06', undefined, [2.2, 11, 0.22]],
    ['amazon-bedrock', `global.anthropic.${sonnet}`, '2026-10-06', undefined, [2, 10, 0.2]],
    ['amazon-bedrock', `us.anthropic.${sonnet}`, '2026-11-30', undefined, [2.2, 11, 0.11]],
    ['openrouter.chat', 'anthropic/claude-sonnet-5.5', '2026-10-06', undefined, [2, 10, 0.2]],
    ['openrouter.chat', 'anthropic/claude-sonnet-5.5', '2026-11-30', undefined, [2, 10, 0.1]],
    ['gateway', 'anthropic/claude-sonnet-5.5', '2026-10-06', undefined, [2, 10, 0.2]],
    ['perplexity', 'anthropic/claude-sonnet-5-5', '2026-11-30', undefined, [2, 10, 0.1]],
    // Hosts of open weights.
    ['togetherai.chat', 'Qwen/Qwen3.7-Max', '2026-11-30', undefined, [2.5, 7.5, 0.5]],
    [
      'fireworks.chat',
      'accounts/fireworks/models/deepseek-v4-pro',
      '2026-11-30',
      undefined,
      [1.74, 3.48, 0.145],
    ],
    ['fireworks.chat', 'deepseek-v4-pro', '2026-11-30', undefined, [1.74, 3.48, 0.145]],
    [
      'fireworks.chat',
      'accounts/fireworks/models/llama-v3p1-8b-instruct',
      '2026-11-30',
      undefined,
      [0.2, 0.2, 0.2],
    ],
    // Gemini 3.6 Flash was sold at its full price until 3.7 was released.
    ['google.generative-ai', 'gemini-3.6-flash', '2026-08-05', undefined, [1.5, 7.5, 0.15]],
    ['google.generative-ai', 'gemini-3.6-flash', '2026-08-05', 'flex', [0.75, 3.75, 0.075]],
    ['google.generative-ai', 'gemini-3.6-flash', '2026-08-05', 'priority', [2.7, 13.5, 0.27]],
    ['google.vertex.chat', 'gemini-3.6-flash', '2026-08-05', undefined, [1.5, 7.5, 0.15]],
    ['openrouter.chat', 'google/gemini-3.6-flash', '2026-08-05', undefined, [1.5, 7.5, 0.15]],
    ['google.generative-ai', 'gemini-3.6-flash', '2026-08-13', undefined, [0.75, 3.75, 0.075]],
    ['google.generative-ai', 'gemini-3.6-flash', '2026-11-30', undefined, [0.75, 3.75, 0.075]],
    // Google doubles Gemini 4 Argon and Carbon on 1 December 2026.
    ['google.generative-ai', 'gemini-4-argon', '2026-11-30', undefined, [2, 10, 0.1]],
    ['google.generative-ai', 'gemini-4-argon', '2026-12-01', undefined, [4, 20, 0.2]],
    ['google.generative-ai', 'gemini-4-argon', '2026-12-01', 'flex', [2, 10, 0.1]],
    ['google.generative-ai', 'gemini-4-argon', '2026-12-01', 'priority', [7.2, 36, 0.36]],
    ['google.generative-ai', 'gemini-4-carbon', '2026-12-01', undefined, [4, 20, 0.2]],
    ['google.vertex.chat', 'gemini-4-argon', '2026-12-01', undefined, [4, 20, 0.2]],
    ['google.vertex.chat', 'gemini-4-argon', '2026-12-01', 'batch', [2, 10, 0.1]],
    ['openrouter.chat', 'google/gemini-4-argon', '2026-11-30', undefined, [2, 10, 0.1]],
    ['openrouter.chat', 'google/gemini-4-argon', '2026-12-01', undefined, [4, 20, 0.2]],
    ['openrouter.chat', 'google/gemini-4-argon:nitro', '2026-12-01', undefined, [4, 20, 0.2]],
    ['openrouter.chat', 'google/gemini-4-argon-20261013', '2026-12-01', undefined, [4, 20, 0.2]],
    ['openrouter.chat', 'google/gemini-4-argon:batch', '2026-12-01', undefined, [2, 10, 0.1]],
    ['gateway', 'google/gemini-4-argon', '2026-12-01', undefined, [4, 20, 0.2]],
    ['gateway', 'google/gemini-4-argon', '2026-12-01', 'flex', [2, 10, 0.1]],
    ['perplexity', 'google/gemini-4-argon', '2026-12-01', undefined, [4, 20, 0.2]],
    // … and its Flash models on 1 January 2027.
    ['openrouter.chat', 'google/gemini-3.8-flash', '2026-12-31', undefined, [0.75, 3.75, 0.075]],
    ['openrouter.chat', 'google/gemini-3.8-flash', '2027-01-01', undefined, [1.5, 7.5, 0.15]],
    [
      'openrouter.chat',
      'google/gemini-3.7-flash:batch',
      '2027-01-01',
      undefined,
      [0.75, 3.75, 0.075],
    ],
    ['google.generative-ai', 'gemini-3.8-flash', '2027-01-01', 'flex', [0.75, 3.75, 0.075]],
    ['gateway', 'google/gemini-3.8-flash', '2027-01-01', undefined, [1.5, 7.5, 0.15]],
    // Steps of the past too.
    ['openrouter.chat', 'openai/gpt-5.6-luna', '2026-07-29', undefined, [1, 6, 0.1]],
    ['openrouter.chat', 'openai/gpt-5.6-luna', '2026-07-30', undefined, [0.2, 1.2, 0.02]],
    ['openrouter.chat', 'openai/o3', '2025-06-09', undefined, [10, 40, 2.5]],
    ['openrouter.chat', 'x-ai/grok-4.20', '2026-04-29', undefined, [2, 6, 0.2]],
  ])('%s %s on %s, tier %s', (provider, model, day, tier, expected) => {
    expect(rates(provider, model, day, tier)).toEqual(expected)
  })
})

test.each(['gpt-oss-120b', 'gpt-oss-20b', 'gpt-oss-safeguard-20b', 'openai/gpt-oss-120b'])(
  'OpenAI sells no %s, so a server with its API has no price of OpenAI',
  (model) => {
    for (const provider of ['openai.chat', 'openai.responses', 'openai']) {
      expect(rates(provider, model, '2026-11-30')).toEqual(Array(3).fill('model_without_price'))
    }
    expect(rates('gateway', 'openai/gpt-oss-120b', '2026-11-30')[0]).toBe('model_without_price')
  },
)

test('an id that the datasets list no more keeps its last price', () => {
  const file = join(import.meta.dirname, '../../prices/kept.json')
  const rows = JSON.parse(readFileSync(file, 'utf8')) as { family: string; model: string }[]
  const models = rows.map(({ family, model }) => listedModel(family, model)?.model)
  expect(models).toEqual(rows.map(({ model }) => model))
  expect(rows.length).toBeGreaterThan(0)
  expect(rates('togetherai.chat', 'Qwen/QwQ-32B', '2026-11-30').slice(0, 2)).toEqual([1.2, 1.2])
})
