import { catalog, createCharger, type Charge, type PriceSource } from 'costspan'
import { definePrices, type PriceRow } from 'costspan/prices'
import { describe, expect, test } from 'vitest'
import { aiSdkCall, metadata, plainSpan, type Attributes } from '../support/plain-span.ts'

const usage: Attributes = { 'ai.usage.inputTokens': 1e6, 'ai.usage.outputTokens': 0 }

function chargeOf(prices: readonly PriceSource[], attributes: Attributes): Charge {
  return createCharger({ prices })(plainSpan({ ...attributes, ...usage })) as Charge
}

const row = (provider: string, model: string, input: number): PriceRow => ({
  provider,
  model,
  input,
  output: 1,
})

describe('whose price a call gets', () => {
  const own = definePrices('own', [
    row('openai', 'asked', 1),
    row('openai', 'answered', 2),
    row('azure', 'deployment', 3),
    row('azure', 'answered', 4),
  ])

  test.each<[string, string, string, string | undefined, number | undefined]>([
    ['the model that answered', 'openai.chat', 'asked', 'answered', 2],
    ['the model asked for, where the answer names none', 'openai.chat', 'asked', undefined, 1],
    ['the model asked for, where a month of it answered', 'openai.chat', 'asked', 'asked-2026', 1],
    ['… where a day of it did', 'openai.chat', 'asked', 'asked-2026-01-01', 1],
    ['… written in one', 'openai.chat', 'asked', 'asked-20250929', 1],
    ['… where a revision of it did', 'openai.chat', 'asked', 'asked-001', 1],
    ['… as Vertex AI writes it', 'openai.chat', 'asked', 'asked@20250929', 1],
    ['… whichever Vertex AI has', 'openai.chat', 'asked', 'asked@default', 1],
    ['… with its creator before', 'openai.chat', 'asked', 'openai/asked-001', 1],
    ['not where a larger sister of it did', 'openai.chat', 'asked', 'asked-turbo', undefined],
    ['not where its next version did', 'openai.chat', 'asked', 'asked-5', undefined],
    ['not where one of a longer name did', 'openai.chat', 'asked', 'asked2026', undefined],
    ['not where another size of it did', 'openai.chat', 'asked', 'asked-120b', undefined],
    [
      'not where a preview of the next did',
      'openai.chat',
      'asked',
      'asked-1106-preview',
      undefined,
    ],
    ['not where another model did', 'openai.chat', 'asked', 'x', undefined],
    ['an unknown model', 'openai.chat', 'x', 'y', undefined],
    ['on Azure, the model that answered', 'azure.chat', 'deployment', 'answered', 4],
    [
      'on Azure, the deployment, where the answer names none',
      'azure.chat',
      'deployment',
      undefined,
      3,
    ],
    [
      'on Azure, never the deployment where the answer names a model',
      'azure.chat',
      'deployment',
      'x',
      undefined,
    ],
    [
      '… also where that is named as a snapshot of it',
      'azure.chat',
      'deployment',
      'deployment-2024-08-06',
      undefined,
    ],
    [
      'another provider with a model of that name',
      'anthropic.messages',
      'asked',
      undefined,
      undefined,
    ],
    ['__proto__', '__proto__.chat', '__proto__', 'constructor', undefined],
    ['a name in other letters', 'openai.chat', 'Asked', undefined, undefined],
  ])('%s', (_, provider, asked, answered, usd) => {
    const attributes = aiSdkCall(
      provider,
      asked,
      answered === undefined ? {} : { 'ai.response.model': answered },
    )
    const charge = chargeOf([own], attributes)
    expect(charge.usd).toBe(usd)
    if (usd === undefined)
      expect([charge.status, charge.reason]).toEqual(['unpriced', 'model_without_price'])
  })

  test('the first source that knows the model wins, and its kind is the source', () => {
    const mine = definePrices('contract-7', [row('openai', 'gpt-4o', 1)])
    const attributes = aiSdkCall('openai.chat', 'gpt-4o')
    expect(chargeOf([mine, catalog], attributes)).toMatchObject({ usd: 1, source: 'override' })
    expect(chargeOf([catalog, mine], attributes)).toMatchObject({ usd: 2.5, source: 'catalog' })
    const other = aiSdkCall('openai.chat', 'gpt-4o-mini')
    expect(chargeOf([mine, catalog], other)).toMatchObject({ source: 'catalog' })
    expect(chargeOf([mine, catalog], other).priceVersion).toBe(`contract-7+${catalog.version}`)
  })

  test('a price of your own holds for a snapshot that the catalogue knows by name', () => {
    const contract = definePrices('contract-7', [row('openai', 'gpt-4o', 1)])
    const attributes = aiSdkCall('openai.chat', 'gpt-4o', {
      'ai.response.model': 'gpt-4o-2024-08-06',
    })
    expect(chargeOf([catalog], attributes)).toMatchObject({ usd: 2.5, source: 'catalog' })
    expect(chargeOf([contract, catalog], attributes)).toMatchObject({ usd: 1, source: 'override' })
    const both = definePrices('1', [
      row('openai', 'gpt-4o', 1),
      row('openai', 'gpt-4o-2024-08-06', 2),
    ])
    expect(chargeOf([both, catalog], attributes)).toMatchObject({ usd: 2, source: 'override' })
  })

  test.each<[string, string, number | undefined]>([
    ['amazon-bedrock', 'amazon-bedrock', 7],
    ['aws', 'amazon-bedrock', 7],
    ['aws', 'aws.bedrock', 7],
    ['aws.bedrock', 'amazon-bedrock', undefined],
    ['google', 'google.generative-ai', 7],
    ['google', 'gcp.gemini', 7],
    ['gcp.gemini', 'gcp.gemini', 7],
    ['gcp.gemini', 'google.generative-ai', undefined],
    ['openai', 'openai.chat', 7],
    ['openai.chat', 'openai.chat', 7],
    ['openai.chat', 'openai.responses', undefined],
  ])('a row for %s and a call of %s: %s', (provider, called, usd) => {
    const mine = definePrices('1', [row(provider, 'm', 7)])
    expect(chargeOf([mine], aiSdkCall(called, 'm')).usd).toBe(usd)
  })

  test('a row for the id on the span goes before one for its family', () => {
    const mine = definePrices('1', [row('openai', 'm', 7), row('openai.chat', 'm', 8)])
    expect(chargeOf([mine], aiSdkCall('openai.chat', 'm')).usd).toBe(8)
    expect(chargeOf([mine], aiSdkCall('openai.responses', 'm')).usd).toBe(7)
  })

  test('a row that begins later hides none that is valid', () => {
    const later = { ...row('openai.chat', 'm', 8), from: '2030-01-01' }
    const mine = definePrices('1', [row('openai', 'm', 7), later])
    expect(chargeOf([mine], aiSdkCall('openai.chat', 'm')).usd).toBe(7)
  })

  test.each<[string, (value: object) => unknown]>([
    ['as JSON', JSON.stringify],
    ['as an object, which OTel SDK 3 keeps', (value) => value],
  ])('the tier is read where the usage has all its details, %s', (_, kept) => {
    const details = {
      'ai.usage.inputTokenDetails.cacheReadTokens': 0,
      'ai.usage.inputTokenDetails.cacheWriteTokens': 0,
      'ai.response.providerMetadata': kept({ openai: { responseId: 'r', serviceTier: 'flex' } }),
    }
    expect(chargeOf([catalog], aiSdkCall('openai.responses', 'gpt-5', details)).usd).toBe(0.625)
  })

  test('prices of your own hold for the standard tier: another is not filled up from the catalogue', () => {
    const flex = metadata({ openai: { serviceTier: 'flex' } })
    const mine = definePrices('1', [row('openai', 'gpt-5', 1)])
    const attributes = aiSdkCall('openai.responses', 'gpt-5', flex)
    expect(chargeOf([mine], attributes)).toMatchObject({
      status: 'unpriced',
      reason: 'terms_without_price',
    })
    expect(chargeOf([mine, catalog], attributes)).toMatchObject({
      usd: undefined,
      status: 'unpriced',
      reason: 'terms_without_price',
    })
    expect(chargeOf([catalog, mine], attributes)).toMatchObject({ usd: 0.625, source: 'catalog' })
  })

  test.each(['standard', 'default', 'auto', 'DEFAULT'])(
    'the tier %s is the standard one',
    (serviceTier) => {
      const attributes = aiSdkCall(
        'openai.responses',
        'gpt-5',
        metadata({ openai: { serviceTier } }),
      )
      expect(chargeOf([catalog], attributes).usd).toBe(1.25)
    },
  )

  test.each<[string, string, Attributes]>([
    ['priority of Anthropic', 'service_tier', { service_tier: 'priority' }],
    ['inference in the US', 'inference_geo', { inference_geo: 'us' }],
    ['fast mode', 'speed', { speed: 'fast' }],
  ])('%s is not priced as if it were standard', (_name, _field, terms) => {
    const attributes = aiSdkCall(
      'anthropic.messages',
      'claude-sonnet-4-5',
      metadata({ anthropic: { usage: terms } }),
    )
    expect(chargeOf([catalog], attributes)).toMatchObject({
      usd: undefined,
      reason: 'terms_without_price',
    })
  })

  test('a price without a rate that is needed is none', () => {
    const mine = definePrices('1', [{ provider: 'openai', model: 'm', output: 5 }])
    expect(chargeOf([mine], aiSdkCall('openai.chat', 'm'))).toMatchObject({
      usd: undefined,
      status: 'unpriced',
      reason: 'rate_without_price',
    })
  })
})

describe('malformed prices', () => {
  test.each<[string, unknown, string]>([
    ['null', null, 'Expected `prices` to be an array of price sources, got null'],
    [
      'a source that is not in an array',
      catalog,
      'Expected `prices` to be an array of price sources, got a value of type object',
    ],
    [
      'rows instead of a source',
      [{ provider: 'p' }],
      'Expected `prices[0]` to be a price source with `version`, `source` and `find`',
    ],
    [
      'a source of an unknown kind',
      [catalog, { ...catalog, source: 'mine' }],
      'Expected `prices[1]` to be a price source',
    ],
    ['null for a source', [null], 'Expected `prices[0]`'],
  ])('prices: %s', (_, prices, message) => {
    expect(() => createCharger({ prices: prices as PriceSource[] })).toThrow(TypeError)
    expect(() => createCharger({ prices: prices as PriceSource[] })).toThrow(message)
  })

  test.each([null, 7, 'catalog'])('options: %j', (options) => {
    expect(() => createCharger(options as never)).toThrow(TypeError)
    expect(() => createCharger(options as never)).toThrow('Expected `options` to be an object, got')
  })
})
