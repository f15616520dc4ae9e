import {
  catalog,
  createCharger,
  definePrices,
  type Charge,
  type PriceRow,
  type PriceSource,
} from 'costspan'
import { describe, expect, test } from 'vitest'
import { aiSdkCall, metadata, plainSpan, type Attributes } from './support/plain-span.ts'

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
    ['a model that nobody knows', 'openai.chat', 'x', 'y', undefined],
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
  const bad = (change: object): unknown => ({ provider: 'p', model: 'm', input: 1, ...change })

  test.each<[string, unknown, string]>([
    ['no rows', undefined, 'Expected `rows` to be an array of price rows, got undefined'],
    ['a row that is null', [null], 'Expected `rows[0]` to be a price row, got null'],
    [
      'a rate as text',
      [bad({ input: '3' })],
      'Expected `rows[0].input` to be a finite number, 0 or more, got "3" (string)',
    ],
    [
      'a negative rate',
      [bad({}), bad({ cacheRead: -1 })],
      'Expected `rows[1].cacheRead` to be a finite number, 0 or more, got -1 (number)',
    ],
    [
      'NaN',
      [bad({ second: NaN })],
      'Expected `rows[0].second` to be a finite number, 0 or more, got NaN (number)',
    ],
    [
      'infinity',
      [bad({ search: Infinity })],
      'Expected `rows[0].search` to be a finite number, 0 or more, got Infinity (number)',
    ],
    [
      'a rate of null',
      [bad({ output: null })],
      'Expected `rows[0].output` to be a finite number, 0 or more, got null',
    ],
    [
      'no provider',
      [bad({ provider: undefined })],
      'Expected `rows[0].provider` to be a string that is not empty, got undefined',
    ],
    [
      'an empty model',
      [bad({ model: '' })],
      'Expected `rows[0].model` to be a string that is not empty, got "" (string)',
    ],
    [
      'a day in words',
      [bad({ from: 'tomorrow' })],
      'Expected `rows[0].from` to be a day such as 2026-11-01, got "tomorrow" (string)',
    ],
    [
      'a day that no year has',
      [bad({ from: '2026-13-01' })],
      'Expected `rows[0].from` to be a day such as 2026-11-01, got "2026-13-01" (string)',
    ],
    [
      'a time',
      [bad({ from: '2026-11-01T00:00:00Z' })],
      'Expected `rows[0].from` to be a day such as 2026-11-01, got "2026-11-01T00:00:00Z" (string)',
    ],
    [
      'a long context that is no array',
      [bad({ longContext: {} })],
      'Expected `rows[0].longContext` to be an array, got a value of type object',
    ],
    [
      'a step without a boundary',
      [bad({ longContext: [{ input: 1 }] })],
      'Expected `rows[0].longContext[0].above` to be a finite number, 0 or more, got undefined',
    ],
    ['a step that is null', [bad({ longContext: [null] })], 'Expected `rows[0].longContext[0]`'],
    [
      'a rate in a step',
      [bad({ longContext: [{ above: 1, input: '1' }] })],
      'Expected `rows[0].longContext[0].input` to be a finite number, 0 or more, got "1" (string)',
    ],
    [
      'a field that there is not',
      [bad({ cachedInput: 1 })],
      'Expected `rows[0].cachedInput` to be one of provider, model, from, longContext, input, ',
    ],
    [
      'a field of a step that there is not',
      [bad({ longContext: [{ above: 1, inptu: 2 }] })],
      'Expected `rows[0].longContext[0].inptu` to be one of above, input, ',
    ],
    [
      'no rate at all',
      [{ provider: 'p', model: 'm' }],
      'Expected `rows[0]` to be a price with at least one rate',
    ],
    [
      'the same model twice',
      [bad({}), bad({ input: 2 })],
      'Expected `rows[1]` to be the only row of its provider, model and day',
    ],
    [
      'the same model twice from one day on',
      [bad({}), bad({ from: '2026-11-01' }), bad({ from: '2026-11-01', input: 2 })],
      'Expected `rows[2]` to be the only row of its provider, model and day',
    ],
  ])('%s', (_, rows, message) => {
    expect(() => definePrices('1', rows as PriceRow[])).toThrow(TypeError)
    expect(() => definePrices('1', rows as PriceRow[])).toThrow(message)
  })

  test.each([undefined, '', 7, null])('the version %j', (version) => {
    expect(() => definePrices(version as string, [])).toThrow(
      'Expected `version` to be a string that is not empty',
    )
  })

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

  test('rows that change afterwards change no price', () => {
    const changing = { provider: 'openai', model: 'm', input: 1 }
    const mine = definePrices('1', [changing])
    changing.input = 100
    expect(chargeOf([mine], aiSdkCall('openai.chat', 'm')).usd).toBe(1)
  })
})
