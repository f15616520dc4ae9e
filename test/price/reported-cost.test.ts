import { createCharger, type Charge, type PriceSource } from 'costspan'
import { definePrices } from 'costspan/prices'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeCharge } from '../../src/enrich/attributes.ts'
import { aiSdkCall, metadata, plainSpan, type Attributes } from '../support/plain-span.ts'

const contract = definePrices('contract', [
  { provider: 'gateway', model: 'openai/gpt-5', input: 1, output: 10 },
  { provider: 'openrouter', model: 'openai/gpt-5', input: 1, output: 10 },
  { provider: 'openrouter', model: 'meta/llama:free', input: 0, output: 0 },
])
/** The same prices as anybody's list. */
const list: PriceSource = {
  version: 'list',
  source: 'catalog',
  find: (query) => contract.find(query),
}

/** At the price above 0.002 US dollars. */
const tokens: Attributes = { 'ai.usage.inputTokens': 1000, 'ai.usage.outputTokens': 100 }

/** The charge of a call with that provider metadata. */
function chargeOf(
  provider: string,
  reported: unknown,
  { model = 'openai/gpt-5', used = tokens, prices = [list] } = {},
): Charge {
  const attributes = aiSdkCall(provider, model, { ...used, ...metadata(reported) })
  return createCharger({ prices })(plainSpan(attributes)) as Charge
}

/** The amounts of money on the span. */
function amountsOf(charge: Charge): Attributes {
  const attributes: Attributes = {}
  writeCharge(attributes, charge)
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => name.endsWith('usd')))
}

const gateway = (reported: object): unknown => ({ gateway: reported })
const openrouter = (usage: unknown): unknown => ({ openrouter: { usage } })
const upstream = (cost: unknown, upstreamInferenceCost: unknown, more: object = {}): unknown =>
  openrouter({ cost, costDetails: { upstreamInferenceCost }, ...more })
const xai = (costInUsdTicks: unknown): unknown => ({ xai: { costInUsdTicks } })
const perplexity = (totalCost: unknown): unknown => ({ perplexity: { cost: { totalCost } } })

describe('what a gateway billed', () => {
  test.each<[unknown, number]>([
    ['0.0042', 0.0042],
    ['0.000000125', 1.25e-7],
    ['1.25e-7', 1.25e-7],
    ['12', 12],
    [0.5, 0.5],
  ])('%j is the cost', (cost, usd) => {
    const charge = chargeOf('gateway', gateway({ cost }))
    expect(charge).toMatchObject({ usd, source: 'billed', status: 'priced', reason: undefined })
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
    ['1000000000'],
    [1e9],
    [null],
    [true],
    [{}],
    [['1']],
    ['1_000'],
  ])('%j is not: the list price counts', (cost) => {
    const charge = chargeOf('gateway', gateway({ cost }))
    expect(charge).toMatchObject({ usd: 0.002, source: 'catalog', billed: undefined })
  })

  // A response of 4 August 2026 with zero data retention: the surcharge is six times the tokens.
  test.each<[string, object, number]>([
    [
      'what was debited counts, surcharges included',
      { cost: '0.00001638', surchargeCost: '0.0001', gatewayCost: '0.00011638' },
      0.00011638,
    ],
    ['a surcharge is added where no sum is given', { cost: 0.5, surchargeCost: '0.25' }, 0.75],
    ['a sum of nothing is none', { cost: '0.5', gatewayCost: '0' }, 0.5],
    ['an odd surcharge is none', { cost: '0.5', surchargeCost: '-1', gatewayCost: 'x' }, 0.5],
  ])('%s', (_, reported, usd) => {
    const charge = chargeOf('gateway', gateway(reported))
    expect(charge.source).toBe('billed')
    expect(charge.usd).toBeCloseTo(usd, 15)
  })

  test('the list price is written beside it, and no parts, which would not sum to it', () => {
    const charge = chargeOf('gateway', gateway({ cost: '0.0042' }))
    expect(charge.listed?.usd).toBeCloseTo(0.002, 12)
    expect(amountsOf(charge)).toEqual({ 'cost.usd': 0.0042, 'cost.list_usd': charge.listed?.usd })
  })

  test('where it is too much to parse while a span ends, the list price counts', () => {
    const charge = chargeOf('gateway', { gateway: { cost: '0.0042' }, more: 'x'.repeat(1e6) })
    expect(charge).toMatchObject({ usd: 0.002, source: 'catalog' })
  })

  test.each([
    ['openai.chat', 'gpt-5'],
    ['my-gateway', 'openai/gpt-5'],
    ['anthropic.messages', 'claude-sonnet-4-5'],
  ])('%s cannot report the cost of a gateway', (provider, model) => {
    const charge = chargeOf(provider, gateway({ cost: '99' }), { model })
    expect(charge).toMatchObject({ usd: undefined, status: 'unpriced' })
  })

  test('it needs no usage and no price', () => {
    const charge = chargeOf('gateway', gateway({ cost: '0.5' }), { model: 'new/model', used: {} })
    expect(charge).toMatchObject({
      usd: 0.5,
      usage: undefined,
      listed: undefined,
      status: 'priced',
    })
  })
})

describe('the cost that other providers report', () => {
  test.each<[string, string, unknown, number]>([
    ['OpenRouter, in credits', 'openrouter', openrouter({ cost: 0.0042 }), 0.0042],
    ['OpenRouter, by its id of chats', 'openrouter.chat', openrouter({ cost: 0.5 }), 0.5],
    ['OpenRouter, with an upstream cost of 0', 'openrouter', upstream(0.5, 0), 0.5],
    ['OpenRouter, with no upstream cost', 'openrouter', upstream(0.5, null), 0.5],
    ['OpenRouter, with an upstream cost that it contains', 'openrouter', upstream(0.5, 0.5), 0.5],
    ['OpenRouter, with an upstream cost a bit above', 'openrouter', upstream(0.5, 0.52), 0.5],
    [
      'OpenRouter, which reports the key as its own',
      'openrouter',
      upstream(0.02, 0.4, { isByok: false }),
      0.02,
    ],
    ['xAI, in ticks', 'xai.chat', xai(42_000_000), 0.0042],
    ['xAI, for responses', 'xai.responses', xai(1e10), 1],
    ['Perplexity, its fee included', 'perplexity', perplexity(0.0061), 0.0061],
  ])('%s', (_, provider, reported, usd) => {
    const charge = chargeOf(provider, reported)
    expect(charge).toMatchObject({ source: 'billed', status: 'priced', reason: undefined })
    expect(charge.usd).toBeCloseTo(usd, 12)
  })

  test.each<[string, string, unknown]>([
    ['OpenRouter at no cost', 'openrouter', openrouter({ cost: 0 })],
    ['OpenRouter at no cost, and none upstream', 'openrouter', upstream(0, 0)],
    ['OpenRouter without a usage', 'openrouter', openrouter(null)],
    ['OpenRouter with an upstream cost alone', 'openrouter', upstream(undefined, 0.5)],
    ['OpenRouter with a cost that is none', 'openrouter', upstream('-1', 0.5)],
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
    ['a gateway under the id of Perplexity', 'perplexity', gateway({ cost: '0.5' })],
  ])('not used: %s', (_, provider, reported) => {
    const charge = chargeOf(provider, reported, { model: 'm' })
    expect(charge).toMatchObject({ usd: undefined, status: 'unpriced', billed: undefined })
  })

  test('a free model costs 0 by its price, not by the bill', () => {
    const charge = chargeOf('openrouter', upstream(0, 0), { model: 'meta/llama:free' })
    expect(charge).toMatchObject({ usd: 0, source: 'catalog', status: 'priced' })
  })
})

describe('with a key of your own', () => {
  const attempts = (...types: string[]): object => ({
    attempts: types.map((credentialType, index) => ({
      provider: 'openai',
      credentialType,
      success: index === types.length - 1,
    })),
  })
  const modelAttempts = (credentialType: string): object => ({
    modelAttempts: [{ success: true, providerAttempts: [{ credentialType, success: true }] }],
  })

  test.each<[string, string, unknown, number]>([
    ['the market price counts', 'gateway', gateway({ cost: '0', marketCost: '0.004' }), 0.004],
    [
      'the surcharges of the gateway come on top',
      'gateway',
      gateway({ cost: '0', marketCost: '0.004', surchargeCost: '0.0001' }),
      0.0041,
    ],
    [
      'what the gateway debited comes on top',
      'gateway',
      gateway({ cost: 0, marketCost: 0.004, surchargeCost: 0.0001, gatewayCost: 0.0002 }),
      0.0042,
    ],
    [
      'the attempt that succeeded tells',
      'gateway',
      gateway({ marketCost: '0.004', routing: attempts('system', 'byok') }),
      0.004,
    ],
    [
      'so does an attempt of the model that answered',
      'gateway',
      gateway({ cost: '0', marketCost: '0.004', routing: modelAttempts('byok') }),
      0.004,
    ],
    ['OpenRouter takes nothing, or', 'openrouter', upstream(0, 0.004), 0.004],
    ['OpenRouter takes a fee', 'openrouter', upstream(0.0002, 0.004), 0.0042],
    ['OpenRouter reports so', 'openrouter', upstream(0.003, 0.004, { isByok: true }), 0.007],
  ])('%s', (_, provider, reported, usd) => {
    const charge = chargeOf(provider, reported)
    expect(charge).toMatchObject({ source: 'catalog', status: 'priced', reason: undefined })
    expect(charge.usd).toBeCloseTo(usd, 15)
    expect(amountsOf(charge)).toEqual({ 'cost.usd': charge.usd, 'cost.list_usd': 0.002 })
  })

  test.each<[string, string, unknown, number]>([
    ['', 'gateway', gateway({ cost: '0', routing: attempts('byok') }), 0],
    [
      ' and the fee, which is a part',
      'gateway',
      gateway({ cost: '0', surchargeCost: '0.0001', routing: attempts('byok') }),
      0.0001,
    ],
    [
      ', though OpenRouter names no upstream cost',
      'openrouter',
      upstream(0.0001, null, { isByok: true }),
      0.0001,
    ],
  ])(
    'where nothing else is known the computed list price counts%s',
    (_, provider, reported, fee) => {
      const charge = chargeOf(provider, reported)
      expect(charge).toMatchObject({ source: 'catalog', status: 'priced' })
      expect(charge.usd).toBeCloseTo(0.002 + fee, 15)
      expect(amountsOf(charge)).toEqual({
        'cost.usd': charge.usd,
        'cost.input_usd': 0.001,
        'cost.output_usd': 0.001,
        ...(fee > 0 && { 'cost.fees_usd': fee }),
      })
    },
  )

  test('a price of your own beats the market price, and its parts sum with the fee', () => {
    const reported = gateway({ cost: '0', marketCost: '0.004', surchargeCost: '0.0001' })
    const charge = chargeOf('gateway', reported, { prices: [contract] })
    expect(charge.source).toBe('override')
    const { 'cost.usd': usd, ...parts } = amountsOf(charge)
    expect(usd).toBeCloseTo(0.0021, 15)
    expect(parts).toEqual({
      'cost.input_usd': 0.001,
      'cost.output_usd': 0.001,
      'cost.fees_usd': 0.0001,
    })
  })

  test('a price of your own that lacks a rate leaves the market price', () => {
    const inputOnly: PriceSource = { version: '1', source: 'override', find: () => ({ input: 1 }) }
    const reported = gateway({ cost: '0', marketCost: '0.004' })
    const charge = chargeOf('gateway', reported, { prices: [inputOnly] })
    expect(charge).toMatchObject({ usd: 0.004, source: 'catalog', listed: undefined })
  })

  test('a computed price is as inexact as its usage, a stated one is not', () => {
    const used = { ...tokens, 'ai.response.finishReason': 'error' }
    const computed = gateway({ cost: '0', routing: attempts('byok') })
    expect(chargeOf('gateway', computed, { used })).toMatchObject({
      status: 'lower_bound',
      reason: 'call_broken_off',
    })
    const stated = gateway({ cost: '0', marketCost: '0.004' })
    expect(chargeOf('gateway', stated, { used })).toMatchObject({ status: 'priced' })
  })

  test.each<[string, string, unknown]>([
    ['the gateway', 'gateway', gateway({ cost: '0', marketCost: '0.004' })],
    ['OpenRouter', 'openrouter', upstream(0.0002, 0.0038)],
  ])('%s needs to know no price here, nor a usage', (_, provider, reported) => {
    const charge = chargeOf(provider, reported, { model: 'new/model' })
    expect(charge).toMatchObject({ source: 'catalog', status: 'priced', listed: undefined })
    expect(charge.usd).toBeCloseTo(0.004, 15)
    expect(chargeOf(provider, reported, { used: {} }).usd).toBeCloseTo(0.004, 15)
  })

  test('a fee alone is no cost', () => {
    const reported = gateway({ cost: '0', surchargeCost: '0.0001', routing: attempts('byok') })
    expect(chargeOf('gateway', reported, { model: 'new/model' })).toMatchObject({
      usd: undefined,
      status: 'unpriced',
      reason: 'model_without_price',
    })
    expect(chargeOf('gateway', reported, { used: {} })).toMatchObject({
      usd: undefined,
      status: 'unknown_usage',
      reason: 'usage_not_reported',
    })
  })

  test.each<[string, object, number, string]>([
    [
      'a key that failed is none: the gateway billed',
      { cost: '0.5', marketCost: '0.5', routing: attempts('byok', 'system') },
      0.5,
      'billed',
    ],
    [
      'a cost shows that the gateway billed',
      { cost: '0.5', routing: attempts('byok') },
      0.5,
      'billed',
    ],
    [
      'a cost of 0 on the key of the gateway is no bill',
      { cost: '0', marketCost: '0.5', routing: attempts('system') },
      0.002,
      'catalog',
    ],
    ['no cost at all is no hint', { marketCost: '0.5' }, 0.002, 'catalog'],
    [
      'odd attempts are no hint',
      { cost: '0', routing: { attempts: [null, 'byok', []], modelAttempts: { length: 1 } } },
      0.002,
      'catalog',
    ],
  ])('%s', (_, reported, usd, source) => {
    expect(chargeOf('gateway', gateway(reported))).toMatchObject({ usd, source })
  })
})

describe('whatever a gateway reports', () => {
  const amount = fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom(0, '0', '0.5', '1e-7', -1, NaN, Infinity, 'x', null, undefined, {}),
  )
  const attempt = fc.record({
    credentialType: fc.constantFrom('byok', 'system', 7),
    success: fc.boolean(),
  })
  const reported = fc.oneof(
    fc
      .record(
        {
          cost: amount,
          marketCost: amount,
          surchargeCost: amount,
          gatewayCost: amount,
          routing: fc.record({ attempts: fc.array(attempt, { maxLength: 3 }) }),
        },
        { requiredKeys: [] },
      )
      .map((one) => ['gateway', gateway(one)] as const),
    fc
      .tuple(amount, amount, fc.constantFrom({}, { isByok: true }, { isByok: false }))
      .map(([cost, above, more]) => ['openrouter', upstream(cost, above, more)] as const),
  )

  test('a cost is finite, not negative, and where it has parts their sum', () => {
    const property = fc.property(
      reported,
      fc.constantFrom(list, contract),
      ([provider, what], one) => {
        const charge = chargeOf(provider, what, { prices: [one] })
        expect(charge.usd).toBeGreaterThan(0)
        expect(charge.usd).toBeLessThan(1e9)
        const { 'cost.usd': usd, 'cost.list_usd': beside, ...parts } = amountsOf(charge)
        expect(beside === undefined).toBe(Object.keys(parts).length > 0)
        if (beside !== undefined) return
        const sum = Object.values(parts).reduce<number>((total, part) => total + Number(part), 0)
        expect(sum).toBeCloseTo(Number(usd), 12)
      },
    )
    fc.assert(property, { numRuns: 2000 })
  })
})
