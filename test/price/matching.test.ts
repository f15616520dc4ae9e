import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalog } from 'costspan'
import { describe, expect, test } from 'vitest'
import { providerFamily } from '../../src/conventions/provider-family.ts'
import { listedIds, listedModel } from '../../src/price/catalog.ts'

describe('the family of a provider', () => {
  test.each([
    ['openai.chat', 'openai'],
    ['openai.responses', 'openai'],
    ['openai.embedding', 'openai'],
    ['openai.transcription', 'openai'],
    ['openai', 'openai'],
    ['OpenAI', 'openai'],
    ['azure.chat', 'azure'],
    ['azure.responses', 'azure'],
    ['azure-openai.chat', 'azure'],
    ['azure.ai.openai', 'azure'],
    ['azure.ai.inference', 'azure'],
    ['az.ai.inference', 'azure'],
    ['anthropic.messages', 'anthropic'],
    ['anthropic', 'anthropic'],
    ['google.generative-ai', 'google'],
    ['gcp.gemini', 'google'],
    ['gcp.gen_ai', 'google'],
    ['google.vertex.chat', 'google-vertex'],
    ['google.vertex.image', 'google-vertex'],
    ['google.vertex.anthropic.messages', 'google-vertex'],
    ['vertex.anthropic.messages', 'google-vertex'],
    ['googleVertex.anthropic.messages', 'google-vertex'],
    ['gcp.vertex_ai', 'google-vertex'],
    ['amazon-bedrock', 'aws'],
    ['bedrock.anthropic.messages', 'aws'],
    ['aws.bedrock', 'aws'],
    ['xai.chat', 'xai'],
    ['x_ai', 'xai'],
    ['groq.chat', 'groq'],
    ['togetherai.chat', 'togetherai'],
    ['together_ai', 'togetherai'],
    ['fireworks.chat', 'fireworks'],
    ['deepseek.chat', 'deepseek'],
    ['perplexity', 'perplexity'],
    ['mistral.chat', 'mistral'],
    ['mistral_ai', 'mistral'],
    ['cohere.reranking', 'cohere'],
    ['openrouter.chat', 'openrouter'],
    ['gateway', 'gateway'],
    ['my-gpu-box', 'my-gpu-box'],
    ['__proto__', '__proto__'],
  ])('%s is %s', (provider, family) => expect(providerFamily(provider)).toBe(family))
})

describe('an id that a span has', () => {
  test.each([
    ['exactly', 'openai', 'gpt-4o', 'gpt-4o'],
    ['a snapshot with a price of its own', 'openai', 'gpt-4o-2024-05-13', 'gpt-4o-2024-05-13'],
    ['a snapshot that is not listed', 'openai', 'gpt-4o-2031-01-31', 'gpt-4o'],
    ['a compact date', 'anthropic', 'claude-sonnet-4-5-20310131', 'claude-sonnet-4-5'],
    ['latest', 'openai', 'gpt-4.1-latest', 'gpt-4.1'],
    ['a fine-tune', 'openai', 'ft:gpt-4o-2024-08-06:acme::x1', 'ft:gpt-4o-2024-08-06'],
    ['a version of Vertex', 'google-vertex', 'claude-sonnet-4-5@default', 'claude-sonnet-4-5'],
    ['a stable version of Google', 'google-vertex', 'gemini-2.5-flash-001', 'gemini-2.5-flash'],
    ['a resource of Google', 'google', 'models/gemini-2.5-pro', 'gemini-2.5-pro'],
    ['a route', 'openrouter', 'openai/gpt-5:nitro', 'openai/gpt-5'],
    ['a route behind a prefix', 'openrouter', 'openrouter/openai/gpt-5:floor', 'openai/gpt-5'],
    [
      'an inference profile',
      'aws',
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    ],
    [
      'a foundation model',
      'aws',
      'arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0',
      'amazon.nova-lite-v1:0',
    ],
  ])('%s: %s %s is %s', (_, family, id, model) => {
    expect(listedModel(family, id)?.model.replace(/@default$/, '')).toBe(model)
  })

  test('behind the gateway is what its maker calls it', () => {
    const cardOf = (family: string, id: string) => listedModel(family, id)?.periods.at(-1)?.card
    expect(cardOf('gateway', 'anthropic/claude-sonnet-4.5')?.standard).toEqual(
      cardOf('anthropic', 'claude-sonnet-4-5')?.standard,
    )
    expect(cardOf('gateway', 'openai/gpt-4o-2024-05-13')?.standard).toEqual(
      cardOf('openai', 'gpt-4o-2024-05-13')?.standard,
    )
    expect(cardOf('gateway', 'openai/gpt-5')?.standard).toEqual(cardOf('openai', 'gpt-5')?.standard)
  })

  test('of Fireworks has a long name and a short one', () => {
    const ids = listedIds().get('fireworks') ?? []
    const prefix = 'accounts/fireworks/models/'
    const long = ids.find((id) => id.startsWith(prefix) && !ids.includes(id.slice(prefix.length)))
    const short = ids.find((id) => !id.includes('/') && !ids.includes(prefix + id))
    for (const id of [long, short].filter((each) => each !== undefined)) {
      const bare = id.replace(prefix, '')
      expect(listedModel('fireworks', bare)).toBe(listedModel('fireworks', prefix + bare))
      expect(listedModel('fireworks', bare)?.model).toBe(id)
    }
    expect(long ?? short).toBeDefined()
  })
})

describe('an id of another model has no price', () => {
  test.each([
    ['a longer version', 'anthropic', 'claude-sonnet-5-55'],
    ['a longer version with a dot', 'openai', 'gpt-4.19'],
    ['a longer name', 'openai', 'gpt-4o-ultra'],
    ['a shorter name', 'openai', 'gpt'],
    ['a prefix', 'openai', 'my-gpt-4o'],
    ['other case', 'openai', 'GPT-4o'],
    ['a month that does not exist', 'openai', 'gpt-4o-2031-13-01'],
    ['a day that does not exist', 'openai', 'gpt-4o-20310132'],
    ['a month and a year, which name a model at Mistral', 'mistral', 'mistral-large-9912'],
    ['a fine-tune of a model that is not tuned', 'openai', 'ft:gpt-5.4:acme::x1'],
    ['a fine-tune whose base has a price', 'anthropic', 'ft:claude-sonnet-4-5:acme'],
    ['a stable version elsewhere', 'openai', 'gpt-4o-001'],
    ['a route with a price of its own', 'openrouter', 'openai/gpt-5:online'],
    ['a route elsewhere', 'openai', 'gpt-5:nitro'],
    ['a creator elsewhere', 'openai', 'openai/gpt-4o'],
    ['a creator that the gateway does not know', 'gateway', 'acme/gpt-4o'],
    [
      'an opaque profile',
      'aws',
      'arn:aws:bedrock:us-east-1:1:application-inference-profile/abc123',
    ],
    ['a family that is not listed', 'acme', 'gpt-4o'],
    ['a name of the language', '__proto__', 'constructor'],
    ['a name of the language in a family', 'openai', '__proto__'],
    ['nothing', 'openai', ''],
    ['a date alone', 'openai', '-2025-01-01'],
    ['control characters', 'openai', 'gpt-4o\u0000'],
    ['a megabyte', 'openai', 'x'.repeat(1_000_000)],
  ])('%s', (_, family, id) => expect(listedModel(family, id)).toBeUndefined())
})

test('some thousand fine-tunes of one model are one model', () => {
  const of = (index: number) => listedModel('openai', `ft:gpt-4o-2024-08-06:acme::${index}`)
  const models = new Set(Array.from({ length: 10_000 }, (_, index) => of(index)?.model))
  expect([...models]).toEqual(['ft:gpt-4o-2024-08-06'])
})

describe('what OpenRouter calls free', () => {
  test.each(['deepseek/deepseek-r1:free', 'example/unknown-model:free'])('%s costs 0', (model) => {
    const query = {
      provider: 'openrouter',
      model,
      at: 0,
      serviceTier: undefined,
      region: undefined,
    }
    expect(catalog.find({ ...query, family: 'openrouter' })).toMatchObject({
      input: 0,
      output: 0,
    })
    expect(catalog.find({ ...query, family: 'openai' })).toBe('model_without_price')
  })
})

test('inference anywhere on the globe is inference without a region', () => {
  const query = { provider: 'anthropic', family: 'anthropic', model: 'claude-opus-4-6' }
  const find = (region: string | undefined) =>
    catalog.find({ ...query, at: Date.parse('2026-08-21'), serviceTier: undefined, region })
  expect(find('global')).toBe(find(undefined))
  expect(find('us')).not.toEqual(find(undefined))
  expect(find('eu')).toBe('terms_without_price')
})

describe('the catalogue', () => {
  const at = Date.parse('2026-11-15T12:00:00Z')
  const ids = [...listedIds()].flatMap(([family, models]) =>
    models.map((model) => [family, model] as const),
  )

  test('has a card for every id that it lists, by itself', () => {
    const odd = ids.filter(([family, model]) => listedModel(family, model)?.model !== model)
    expect(odd).toEqual([])
    expect(ids.length).toBeGreaterThan(2000)
  })

  test('has for every id a rate above 0, or is free of charge by name', () => {
    const terms = { serviceTier: undefined, region: undefined }
    const odd = ids.filter(([family, model]) => {
      const price = catalog.find({ provider: family, family, model, at, ...terms })
      if (typeof price === 'string') return price !== 'model_without_price'
      return !model.endsWith(':free') && !Object.values(price).some((rate) => Number(rate) > 0)
    })
    expect(odd).toEqual([])
  })

  test('resolves every id that the compiler left to a rule as the compiler does', () => {
    const file = join(import.meta.dirname, '../../prices/resolved-by-rule.json')
    const rules = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>
    const odd = Object.entries(rules).flatMap(([family, aliases]) =>
      Object.entries(aliases).filter(([id, resolved]) => {
        const listed = listedModel(family, id)
        // The model of another family has that before it.
        return listed?.model !== resolved && `${listed?.family}: ${listed?.model}` !== resolved
      }),
    )
    expect(odd).toEqual([])
  })
})
