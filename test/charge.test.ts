import {
  createCharger,
  definePrices,
  type Charge,
  type Price,
  type PriceSource,
  type SpanLike,
} from 'costspan'
import { describe, expect, test } from 'vitest'
import { withoutDuplicate } from '../src/charge/charge.ts'
import { stampAttribution, stampCarriedElsewhere, stampCharge } from '../src/stamp/stamp.ts'
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

  test('where it is too much to parse while a span ends, the list price counts', () => {
    const long = metadata({ gateway: { cost: '0.0042' }, more: 'x'.repeat(1e6) })
    const charge = chargeOf(aiSdkCall('gateway', 'openai/gpt-5', { ...tokens, ...long }))
    expect(charge).toMatchObject({ usd: 0.002, source: 'override' })
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

describe('what other providers say they billed', () => {
  const openrouter = (usage: unknown): unknown => ({ openrouter: { usage } })
  const xai = (costInUsdTicks: unknown): unknown => ({ xai: { costInUsdTicks } })
  const perplexity = (totalCost: unknown): unknown => ({ perplexity: { cost: { totalCost } } })

  test.each<[string, string, unknown, number]>([
    ['OpenRouter, in credits', 'openrouter', openrouter({ cost: 0.0042 }), 0.0042],
    ['OpenRouter, by its id of chats', 'openrouter.chat', openrouter({ cost: 0.5 }), 0.5],
    [
      'OpenRouter, with no upstream cost',
      'openrouter',
      openrouter({ cost: 0.5, costDetails: { upstreamInferenceCost: 0 } }),
      0.5,
    ],
    ['xAI, in ticks', 'xai.chat', xai(42_000_000), 0.0042],
    ['xAI, for responses', 'xai.responses', xai(1e10), 1],
    ['Perplexity, its fee included', 'perplexity', perplexity(0.0061), 0.0061],
  ])('%s', (_, provider, said, usd) => {
    const attributes = aiSdkCall(provider, 'm', { ...tokens, ...metadata(said) })
    const charge = chargeOf(attributes)
    expect(charge).toMatchObject({ source: 'billed', status: 'priced', reason: undefined })
    expect(charge.usd).toBeCloseTo(usd, 12)
  })

  test.each<[string, string, unknown]>([
    [
      'OpenRouter with a key of your own: that is its fee only',
      'openrouter',
      openrouter({ cost: 0.0002, costDetails: { upstreamInferenceCost: 0.004 } }),
    ],
    ['OpenRouter at no cost', 'openrouter', openrouter({ cost: 0 })],
    ['OpenRouter without a usage', 'openrouter', openrouter(null)],
    ['xAI in negative ticks', 'xai.chat', xai(-1)],
    ['xAI at no ticks', 'xai.chat', xai(0)],
    ['xAI in ticks that are text', 'xai.chat', xai('42000000')],
    ['Perplexity, without a number', 'perplexity', perplexity({ usd: 1 })],
    ['OpenRouter under another id', 'openai.chat', openrouter({ cost: 0.5 })],
    ['OpenRouter under the id of xAI', 'xai.chat', openrouter({ cost: 0.5 })],
    ['xAI under another id', 'openrouter', xai(42_000_000)],
    ['xAI under the id of a gateway', 'gateway', xai(42_000_000)],
    ['Perplexity under another id', 'openai.chat', perplexity(0.0061)],
    ['Perplexity by OpenRouter', 'openrouter', perplexity(0.0061)],
    ['a gateway under the id of Perplexity', 'perplexity', { gateway: { cost: '0.5' } }],
  ])('not believed: %s', (_, provider, said) => {
    const attributes = aiSdkCall(provider, 'm', { ...tokens, ...metadata(said) })
    expect(chargeOf(attributes)).toMatchObject({ usd: undefined, status: 'unpriced' })
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

  test('a call that is recorded twice stays without a cost', () => {
    const charger = createCharger({ prices })
    const recordedTwice = withoutDuplicate(charger(plainSpan(gateway('0.5'))) as Charge)
    expect(recordedTwice).toMatchObject({ usd: undefined, status: 'unpriced' })
    const stamped = { ...gateway('0.5') }
    stampAttribution(stamped, {})
    stampCharge(stamped, recordedTwice)
    expect(stamped).toMatchObject({ 'cost.reason': 'recorded_twice' })
    expect(charger(plainSpan(stamped))).toEqual(recordedTwice)
  })

  test('a call whose cost another span carries is no charge again', () => {
    const carried = { ...gateway('0.5') }
    stampCarriedElsewhere(carried)
    expect(carried).toEqual({ ...gateway('0.5'), 'cost.reason': 'carried_by_another_span' })
    expect(createCharger({ prices })(plainSpan(carried))).toBeUndefined()
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
    ['null', null],
  ])('%s is no cost', (_, price) => {
    const charge = createCharger({ prices: [source(price)] })(
      plainSpan(aiSdkCall('openai.chat', 'm', tokens)),
    )
    expect(charge).toMatchObject({ usd: undefined, status: 'unpriced' })
  })

  test('one that throws is no cost, and no other is asked', () => {
    const throwing: PriceSource = {
      ...source(undefined),
      find: () => {
        throw new Error('mine')
      },
    }
    const span = plainSpan(aiSdkCall('openai.chat', 'm', tokens))
    const known = source({ input: 1, output: 1 })
    expect(createCharger({ prices: [throwing, known] })(span)).toMatchObject({
      usd: undefined,
      status: 'unpriced',
      reason: 'price_source_failed',
    })
    expect(createCharger({ prices: [known, throwing] })(span)).toMatchObject({ usd: 0.0011 })
  })

  test('a list price of NaN stands beside no bill', () => {
    const charge = createCharger({ prices: [source({ input: NaN, output: 1 })] })(
      plainSpan(gateway('0.5')),
    )
    expect(charge).toMatchObject({ usd: 0.5, listed: undefined })
  })
})
