import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { catalog, createCharger, type Charge, type PriceSource, type SpanLike } from 'costspan'
import { definePrices, repriceCharge, type RepriceModel } from 'costspan/prices'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { withoutDuplicate } from '../../src/charge/charge.ts'
import { arbitraryTree, run } from '../support/arbitrary-spans.ts'
import { loadFixtures } from '../support/fixtures.ts'
import { aiSdkCall, AT, metadata, plainSpan, type Attributes } from '../support/plain-span.ts'
import { replay } from '../support/replay.ts'
import { Recording } from '../support/sdk-2.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())

const stored = (charge: Charge): Charge => JSON.parse(JSON.stringify(charge)) as Charge

const rows = [
  { provider: 'openai', model: 'gpt-5', input: 1, output: 10 },
  { provider: 'openai', model: 'gpt-5-mini', input: 0.5, output: 1 },
  { provider: 'gateway', model: 'openai/gpt-5', input: 1, output: 10 },
]
const prices = [definePrices('old', rows)]
const dearer = [
  definePrices(
    'new',
    rows.map((row) => ({ ...row, input: 2 * row.input })),
  ),
]

const tokens: Attributes = { 'ai.usage.inputTokens': 1000, 'ai.usage.outputTokens': 100 }

function chargeOf(attributes: Attributes, more: Partial<SpanLike> = {}): Charge {
  const charge = createCharger({ prices })(plainSpan(attributes, more))
  if (charge === undefined) throw new Error('no call')
  return charge
}

const direct = (more: Attributes = {}): Charge =>
  chargeOf(aiSdkCall('openai.chat', 'gpt-5', { ...tokens, ...more }))
const billed = chargeOf(
  aiSdkCall('gateway', 'openai/gpt-5', { ...tokens, ...metadata({ gateway: { cost: '0.5' } }) }),
)

describe('every recorded call', () => {
  const charges: Charge[] = []

  beforeAll(() => {
    const spans = new Recording({
      options: { prices: [catalog], onCharge: (charge) => void charges.push(charge) },
    })
    const tracer = spans.provider.getTracer('ai')
    for (const { scenarios } of loadFixtures()) {
      for (const scenario of scenarios) replay(tracer, scenario)
    }
  })

  test('is here, in every status and with every kind of price', () => {
    expect(charges.length).toBeGreaterThan(300)
    const kinds = new Set(charges.flatMap(({ status, source }) => [status, source]))
    expect([...kinds]).toEqual(
      expect.arrayContaining(['priced', 'lower_bound', 'unpriced', 'unknown_usage', 'call_failed']),
    )
    expect([...kinds]).toEqual(expect.arrayContaining(['billed', 'catalog']))
    expect(charges.every(({ durationSeconds }) => durationSeconds !== undefined)).toBe(true)
  })

  test('has the same charge again by the same prices, also when it was stored as JSON', () => {
    for (const charge of charges) {
      const again = { charge, differenceUsd: charge.usd === undefined ? undefined : 0 }
      expect(repriceCharge(charge)).toEqual(again)
      expect(repriceCharge(stored(charge))).toEqual(again)
    }
  })

  test('has no cost without prices, unless it was billed', () => {
    for (const charge of charges) {
      const { usd, status } = repriceCharge(stored(charge), { prices: [] }).charge
      expect(usd).toBe(charge.source === 'billed' ? charge.usd : undefined)
      if (charge.usage !== undefined && charge.source !== 'billed') expect(status).toBe('unpriced')
    }
  })
})

describe('whatever a span carries', () => {
  const idle = { onStart: () => {}, onEnding: () => {}, onEnd: () => {} }
  const charge = createCharger({ prices: [catalog] })

  function forAllCharges(check: (charge: Charge) => void): void {
    let count = 0
    const property = fc.property(arbitraryTree(false), (tree) => {
      for (const span of run(tree, idle).ended) {
        const one = charge(span)
        if (one === undefined) continue
        count++
        check(one)
      }
    })
    fc.assert(property, { numRuns: 500, seed: 20261124 })
    expect(count).toBeGreaterThan(1000)
  }

  test('the same prices give the same charge', () => {
    forAllCharges((one) => expect(repriceCharge(stored(one)).charge).toEqual(one))
  })

  test('there and back again is the same charge, and the differences cancel', () => {
    forAllCharges((one) => {
      const there = repriceCharge(one, { prices: dearer })
      const back = repriceCharge(stored(there.charge))
      expect(back.charge).toEqual(one)
      const { differenceUsd: first } = there
      if (first === undefined) expect(back.differenceUsd).toBeUndefined()
      else expect(first + (back.differenceUsd ?? NaN)).toBeCloseTo(0, 9)
    })
  })

  test('another model and then the one that it was is what it costs if nothing was billed', () => {
    forAllCharges((one) => {
      const { provider, responseModel, requestModel } = one.call
      const model = responseModel ?? requestModel
      if (model === undefined || one.billed !== undefined) return
      // The request model may speak for the one that answered: then they are not the same question.
      if (responseModel !== undefined && responseModel !== requestModel) return
      const itself = repriceCharge(one, { model: { provider, model } }).charge
      expect(itself.usd).toEqual(one.usd)
      expect(itself.reason).toEqual(one.reason)
    })
  })
})

describe('other prices', () => {
  test('change the cost, the version and nothing else', () => {
    const charge = direct()
    const { charge: again, differenceUsd } = repriceCharge(stored(charge), { prices: dearer })
    expect(charge.usd).toBeCloseTo(0.002, 15)
    expect(differenceUsd).toBeCloseTo(0.001, 15)
    const { usd, listed } = again
    expect(usd).toBeCloseTo(0.003, 15)
    expect(again).toEqual({ ...charge, usd, listed, priceVersion: 'new' })
    expect(listed?.inputUsd).toBeCloseTo(0.002, 15)
  })

  test('are those of the time of the call', () => {
    const dated = definePrices('dated', [
      { provider: 'openai', model: 'gpt-5', input: 1, output: 10 },
      { provider: 'openai', model: 'gpt-5', input: 8, output: 80, from: '2026-11-20' },
    ])
    expect(AT).toBeLessThan(Date.parse('2026-11-20'))
    expect(repriceCharge(direct(), { prices: [dated] }).differenceUsd).toBe(0)
  })

  test('decide what hidden usage makes of a cost', () => {
    const cached: PriceSource = {
      version: '1',
      source: 'catalog',
      find: () => ({ input: 1, output: 10, cacheRead: 0.1 }),
    }
    const hidden = chargeOf({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 100,
    })
    expect(hidden).toMatchObject({ status: 'priced', reason: undefined })
    expect(repriceCharge(stored(hidden), { prices: [cached] }).charge).toMatchObject({
      source: 'catalog',
      status: 'upper_bound',
      reason: 'cache_reads_unseen',
    })
  })

  test('leave no cost where they know no price, and no difference', () => {
    expect(repriceCharge(direct(), { prices: [] })).toMatchObject({
      charge: { usd: undefined, status: 'unpriced', reason: 'model_without_price' },
      differenceUsd: undefined,
    })
  })

  test('give a cost to what had none, and no difference', () => {
    const unknown = chargeOf(aiSdkCall('openai.chat', 'new', tokens))
    const found = [definePrices('2', [{ provider: 'openai', model: 'new', input: 1, output: 1 }])]
    expect(unknown.usd).toBeUndefined()
    expect(repriceCharge(stored(unknown), { prices: found })).toMatchObject({
      charge: { usd: 0.0011, status: 'priced' },
      differenceUsd: undefined,
    })
  })

  test('do not change what was billed, only the list price beside it', () => {
    const { charge, differenceUsd } = repriceCharge(stored(billed), { prices: dearer })
    expect(differenceUsd).toBe(0)
    expect(charge).toMatchObject({ usd: 0.5, source: 'billed', priceVersion: 'new' })
    expect(charge.listed?.usd).toBeCloseTo(0.003, 15)
  })

  test('charge by the time that the call took', () => {
    const box: PriceSource = {
      version: 'box',
      source: 'override',
      find: () => ({ input: 0, output: 0, durationSecond: 0.002 }),
    }
    const call = aiSdkCall('openai.chat', 'gpt-5', tokens)
    const timed = chargeOf(call, { endTime: [AT / 1e3 + 1, 500e6] })
    expect(repriceCharge(stored(timed), { prices: [box] }).charge.usd).toBeCloseTo(0.003, 15)
    expect(repriceCharge(stored(direct()), { prices: [box] }).charge).toMatchObject({
      usd: undefined,
      status: 'unpriced',
      reason: 'rate_without_price',
    })
  })

  test.each<[string, Charge, string]>([
    [
      'refused',
      chargeOf(aiSdkCall('openai.chat', 'gpt-5', { 'http.response.status_code': 429 }), {
        status: { code: 2 },
      }),
      'call_failed',
    ],
    ['without usage', chargeOf(aiSdkCall('openai.chat', 'gpt-5')), 'unknown_usage'],
    ['recorded twice', withoutDuplicate(direct()), 'unpriced'],
  ])('give no cost to a call that was %s', (_, charge, status) => {
    expect(charge.status).toBe(status)
    for (const model of [undefined, { provider: 'openai', model: 'gpt-5-mini' }]) {
      const again = repriceCharge(stored(charge), { prices: dearer, model })
      expect(again).toMatchObject({
        charge: { usd: undefined, status, reason: charge.reason },
        differenceUsd: undefined,
      })
    }
  })
})

describe('another model', () => {
  const mini: RepriceModel = { provider: 'openai', model: 'gpt-5-mini' }

  test('costs what the same tokens cost there', () => {
    const { charge, differenceUsd } = repriceCharge(stored(direct()), { prices, model: mini })
    expect(charge).toMatchObject({ status: 'estimated', reason: 'counted_by_another_model' })
    expect(charge.usd).toBeCloseTo(0.0006, 15)
    expect(differenceUsd).toBeCloseTo(-0.0014, 15)
    expect(charge.call).toMatchObject({
      operation: 'chat',
      provider: 'openai',
      family: 'openai',
      requestModel: 'gpt-5-mini',
      responseModel: undefined,
    })
  })

  test('leaves no bill, nor a fee', () => {
    const { charge, differenceUsd } = repriceCharge(stored(billed), { prices, model: mini })
    expect(charge).toMatchObject({ source: 'override', billed: undefined })
    expect(charge.usd).toBeCloseTo(0.0006, 15)
    expect(differenceUsd).toBeCloseTo(0.0006 - 0.5, 15)
  })

  test('keeps the service tier within a provider, and no other', () => {
    const asked: unknown[] = []
    const asking: PriceSource = {
      version: '1',
      source: 'override',
      find: ({ family, serviceTier }) => {
        asked.push([family, serviceTier])
        return { input: 1, output: 1 }
      },
    }
    const flex = direct({
      'ai.model.provider': 'openai.responses',
      ...metadata({ openai: { serviceTier: 'flex' } }),
    })
    expect(flex.terms.serviceTier).toBe('flex')
    for (const provider of ['openai', 'anthropic']) {
      repriceCharge(stored(flex), { prices: [asking], model: { provider, model: 'm' } })
    }
    expect(asked).toEqual([
      ['openai', 'flex'],
      ['anthropic', undefined],
    ])
  })
})

describe('a charge with a key of your own', () => {
  const own = chargeOf(
    aiSdkCall('gateway', 'openai/gpt-5', {
      ...tokens,
      ...metadata({ gateway: { cost: '0', marketCost: '0.004', surchargeCost: '0.001' } }),
    }),
  )

  test.each<[string, PriceSource[], number, string]>([
    ['keeps its fee beside a price of your own', dearer, 0.004, 'override'],
    ['falls back on what the gateway stated', [], 0.005, 'catalog'],
  ])('%s', (_, others, usd, source) => {
    expect(own).toMatchObject({ usd: 0.003, source: 'override' })
    const { charge } = repriceCharge(stored(own), { prices: others })
    expect(charge.source).toBe(source)
    expect(charge.usd).toBeCloseTo(usd, 15)
  })
})

describe('what is handed in', () => {
  test('is left as it was', () => {
    const charge = direct()
    const before = structuredClone(charge)
    repriceCharge(Object.freeze(charge), { prices: dearer, model: { provider: 'x', model: 'y' } })
    expect(charge).toEqual(before)
  })

  test('may have null where a database has nothing', () => {
    const charge = direct()
    const nulls = Object.fromEntries(
      Object.entries(charge).map(([name, value]) => [name, value === undefined ? null : value]),
    )
    expect(repriceCharge(nulls as unknown as Charge, { prices }).charge).toEqual(charge)
  })

  test.each<[string, unknown, unknown]>([
    ['charge', null, {}],
    ['charge', {}, {}],
    ['charge', { ...direct(), unseen: undefined }, {}],
    ['options', direct(), null],
    ['options.price', direct(), { price: [] }],
    ['prices', direct(), { prices: 'catalog' }],
    ['prices[0]', direct(), { prices: [{}] }],
    ['model', direct(), { model: 'gpt-5' }],
    ['model.name', direct(), { model: { provider: 'openai', model: 'x', name: 'x' } }],
    ['model.provider', direct(), { model: { model: 'x' } }],
    ['model.model', direct(), { model: { provider: 'openai', model: '' } }],
  ])('is refused by name if it is malformed: %s', (name, charge, options) => {
    const reprice = (): unknown => repriceCharge(charge as Charge, options as object)
    expect(reprice).toThrow(TypeError)
    expect(reprice).toThrow(`\`${name}\``)
  })
})
