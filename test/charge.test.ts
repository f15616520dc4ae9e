import {
  createCharger,
  definePrices,
  type Charge,
  type Price,
  type PriceSource,
  type SpanLike,
} from 'costspan'
import { describe, expect, test } from 'vitest'
import { stampAttribution, stampCharge } from '../src/stamp/stamp.ts'
import {
  aiSdkCall,
  AT,
  genAiCall,
  metadata,
  plainSpan,
  type Attributes,
} from './support/plain-span.ts'

const prices = [
  definePrices('list', [{ provider: 'gateway', model: 'openai/gpt-5', input: 1, output: 10 }]),
]
const chargeOf = (attributes: Attributes, more: Partial<SpanLike> = {}): Charge =>
  createCharger({ prices })(plainSpan(attributes, more)) as Charge

const tokens: Attributes = { 'ai.usage.inputTokens': 1000, 'ai.usage.outputTokens': 100 }
const gateway = (cost: unknown, more: Attributes = tokens): Attributes =>
  aiSdkCall('gateway', 'openai/gpt-5', { ...more, ...metadata({ gateway: { cost } }) })

describe('what a gateway billed', () => {
  test.each<[unknown, number]>([
    ['0.0042', 0.0042],
    ['0.000000125', 1.25e-7],
    ['1.25e-7', 1.25e-7],
    ['12', 12],
    [0.5, 0.5],
  ])('%j is believed', (cost, usd) => {
    expect(chargeOf(gateway(cost))).toMatchObject({
      usd,
      source: 'billed',
      status: 'priced',
      reason: undefined,
    })
  })

  test.each<[unknown]>([
    ['0'],
    ['0.0'],
    [0],
    ['NaN'],
    ['-0.5'],
    [-1],
    [''],
    [' 1'],
    ['1,5'],
    ['0x10'],
    ['Infinity'],
    ['1e99'],
    [null],
    [true],
    [{}],
    [['1']],
    ['1_000'],
  ])('%j is not: the list price counts', (cost) => {
    expect(chargeOf(gateway(cost))).toMatchObject({ usd: 0.002, source: 'override' })
  })

  test('the list price stands beside it', () => {
    expect(chargeOf(gateway('0.0042')).listed?.usd).toBeCloseTo(0.002, 12)
  })

  test.each([
    ['openai.chat', 'gpt-5'],
    ['my-gateway', 'openai/gpt-5'],
    ['anthropic.messages', 'claude-sonnet-4-5'],
  ])('%s cannot speak for a gateway', (provider, model) => {
    const attributes = aiSdkCall(provider, model, {
      ...tokens,
      ...metadata({ gateway: { cost: '99' } }),
    })
    expect(chargeOf(attributes)).toMatchObject({ usd: undefined, status: 'unpriced' })
  })

  test('it needs no usage and no price', () => {
    const charge = chargeOf(
      aiSdkCall('gateway', 'new/model', metadata({ gateway: { cost: '0.5' } })),
    )
    expect(charge).toMatchObject({
      usd: 0.5,
      usage: undefined,
      listed: undefined,
      status: 'priced',
    })
  })
})

describe('what became of the call', () => {
  const failed = { status: { code: 2 } }
  const refused: Attributes = { 'http.response.status_code': 429 }
  const call = (more: Attributes): Attributes => aiSdkCall('gateway', 'openai/gpt-5', more)
  const detailed = { ...tokens, 'ai.usage.cachedInputTokens': 0 }

  test.each<[string, Attributes, Partial<SpanLike>, string, string | undefined]>([
    ['it was answered', call(detailed), {}, 'priced', undefined],
    ['it was refused', call(refused), failed, 'call_failed', 'http_error'],
    ['it ended without usage', call({}), {}, 'unknown_usage', 'usage_not_reported'],
    ['it was cut off without usage', call({}), failed, 'unknown_usage', 'usage_not_reported'],
    ['it was cut off with usage', call(detailed), failed, 'lower_bound', 'call_broken_off'],
    [
      'it was refused after usage',
      call({ ...detailed, ...refused }),
      failed,
      'lower_bound',
      'call_broken_off',
    ],
    [
      'it finished with an error',
      call({ ...detailed, 'ai.response.finishReason': 'error' }),
      {},
      'lower_bound',
      'call_broken_off',
    ],
    [
      'one finish reason is an error',
      call({ ...detailed, 'gen_ai.response.finish_reasons': ['stop', 'error'] }),
      {},
      'lower_bound',
      'call_broken_off',
    ],
    [
      'nobody knows the model',
      aiSdkCall('gateway', 'x', detailed),
      {},
      'unpriced',
      'model_without_price',
    ],
    [
      'nobody knows the model, and it was refused',
      aiSdkCall('gateway', 'x', refused),
      failed,
      'call_failed',
      'http_error',
    ],
  ])('%s', (_, attributes, more, status, reason) => {
    const charge = chargeOf(attributes, more)
    expect({ status: charge.status, reason: charge.reason }).toEqual({ status, reason })
    expect(charge.usd !== undefined).toBe(['priced', 'lower_bound'].includes(status))
  })

  test('cached input that the span hides makes a cost an upper bound', () => {
    const cheap = [
      definePrices('1', [{ provider: 'openai', model: 'm', input: 2, cacheRead: 1, output: 1 }]),
    ]
    const attributes = genAiCall('openai', 'm', {
      'gen_ai.usage.input_tokens': 5,
      'gen_ai.usage.output_tokens': 5,
    })
    expect(createCharger({ prices: cheap })(plainSpan(attributes))).toMatchObject({
      status: 'upper_bound',
      reason: 'cache_reads_unseen',
    })
  })
})

describe('the same span and the same prices', () => {
  test('carry what identifies the call', () => {
    const charge = chargeOf(gateway('1'), { startTime: [AT / 1e3, 250e6] })
    expect(charge).toMatchObject({
      traceId: '1'.padStart(32, '0'),
      spanId: '1'.padStart(16, '0'),
      at: AT + 250,
      priceVersion: 'list',
      call: { provider: 'gateway', requestModel: 'openai/gpt-5' },
    })
  })

  test.each<[string, Attributes, Partial<SpanLike>]>([
    ['priced', gateway(0), {}],
    ['billed', gateway('0.5'), {}],
    ['without usage', gateway(0, {}), {}],
    ['refused', gateway(0, { 'error.type': '500' }), { status: { code: 2 } }],
    ['unpriced', aiSdkCall('gateway', 'x', tokens), {}],
  ])('give the charge again once it is stamped: %s', (_, attributes, more) => {
    const who = {
      userId: 'ada',
      tenantId: 'acme',
      plan: 'pro',
      tags: { feature: 'search', ['__proto__']: 'x' },
    }
    const charger = createCharger({ prices })
    const charge = charger(plainSpan(attributes, more), who) as Charge
    const stamped = { ...attributes }
    stampAttribution(stamped, charge.attribution)
    stampCharge(stamped, charge)
    const exported = JSON.parse(JSON.stringify(stamped)) as Attributes
    expect(charger(plainSpan(exported, more))).toEqual(charge)
  })

  test('an attribution that is given wins over the one on the span', () => {
    const span = plainSpan({ ...gateway('1'), 'user.id': 'eve' })
    const charger = createCharger({ prices })
    expect(charger(span)?.attribution.userId).toBe('eve')
    expect(charger(span, { userId: 'ada' })?.attribution).toEqual({ userId: 'ada' })
  })
})

describe('a price source that breaks its word', () => {
  const source = (price: unknown): PriceSource => ({
    version: '1',
    source: 'override',
    find: () => price as Price,
  })

  test.each<[string, unknown]>([
    ['a rate of NaN', { input: NaN, output: NaN }],
    ['an infinite rate', { input: Infinity, output: 1 }],
    ['a negative rate', { input: -1, output: -1 }],
    ['nothing', undefined],
  ])('%s is no cost', (_, price) => {
    const charge = createCharger({ prices: [source(price)] })(
      plainSpan(aiSdkCall('openai.chat', 'm', tokens)),
    )
    expect(charge).toMatchObject({ usd: undefined, status: 'unpriced' })
  })

  test('a list price of NaN stands beside no bill', () => {
    const charge = createCharger({ prices: [source({ input: NaN, output: 1 })] })(
      plainSpan(gateway('0.5')),
    )
    expect(charge).toMatchObject({ usd: 0.5, listed: undefined })
  })
})
