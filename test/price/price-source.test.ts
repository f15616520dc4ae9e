import { runInNewContext } from 'node:vm'
import {
  catalog,
  createCharger,
  noUsage,
  priceUsage,
  type Charge,
  type Price,
  type PriceSource,
} from 'costspan'
import { definePrices } from 'costspan/prices'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { rateNames } from '../../src/price/price.ts'
import { aiSdkCall, AT, plainSpan, type Attributes } from '../support/plain-span.ts'
import { end, leaf, Recording, usage } from '../support/sdk-2.ts'

const tokens: Attributes = {
  'ai.usage.inputTokens': 1000,
  'ai.usage.outputTokens': 10,
  'ai.usage.cachedInputTokens': 100,
}

function answering(answer: () => unknown): PriceSource {
  return { version: '1', source: 'override', find: answer as PriceSource['find'] }
}

function chargeOf(source: PriceSource, attributes: Attributes = tokens): Charge {
  const span = plainSpan(aiSdkCall('openai.chat', 'm', attributes))
  return createCharger({ prices: [source] })(span) as Charge
}

const failed = { usd: undefined, status: 'unpriced', reason: 'price_source_failed' }

const good = { input: 1, output: 2 }
const stepped = (steps: unknown): unknown => ({ ...good, longContext: steps })
const revoked = Proxy.revocable({}, {})
revoked.revoke()

function fail(): never {
  throw new Error('mine')
}

function thenable(answer: object, then: (resolve: unknown, reject: () => void) => void): unknown {
  // oxlint-disable-next-line unicorn/no-thenable
  return Object.defineProperty(answer, 'then', { value: then })
}

const garbage: [string, () => unknown][] = [
  ['null for a rate', () => ({ ...good, output: null })],
  ['null for a rate that nothing asks for', () => ({ ...good, audioInput: null })],
  ['empty text for a rate', () => ({ ...good, input: '' })],
  ['text for a rate', () => ({ ...good, input: '0.01' })],
  ['text for a fee', () => ({ ...good, request: '0.010' })],
  ['a negative rate', () => ({ ...good, cacheRead: -0.1 })],
  ['two negative rates', () => ({ input: -1, output: -1 })],
  ['NaN', () => ({ ...good, input: Number.NaN })],
  ['Infinity', () => ({ ...good, output: Number.POSITIVE_INFINITY })],
  ['a BigInt', () => ({ ...good, input: 1n })],
  ['a boolean', () => ({ ...good, input: true })],
  ['a symbol', () => ({ ...good, input: Symbol('1') })],
  ['an array for a rate', () => ({ ...good, input: [3] })],
  ['a number in a box', () => ({ ...good, input: new Number(3) })],
  ['an object that can be a number', () => ({ ...good, input: { valueOf: () => 3 } })],
  ['a rate that is a promise', () => ({ ...good, input: Promise.resolve(1) })],
  ['null for steps', () => stepped(null)],
  ['a step that is null', () => stepped([null])],
  ['a hole among the steps', () => stepped(Array(3))],
  ['a step that is a number', () => stepped([200_000])],
  ['steps that are no array', () => stepped({ 0: { above: 1, input: 2 }, length: 1 })],
  ['steps that are text', () => stepped('above')],
  ['a step with text for a rate', () => stepped([{ above: 1, input: '2', output: 2 }])],
  ['a step with a negative rate', () => stepped([{ above: 1, input: -2, output: 2 }])],
  ['a step without a threshold', () => stepped([{ input: 2, output: 2 }])],
  ['a step above NaN', () => stepped([{ above: Number.NaN, input: 2, output: 2 }])],
  ['a step above text', () => stepped([{ above: '1', input: 2, output: 2 }])],
  ['a million steps', () => stepped(Array.from({ length: 1e6 }, (_, at) => ({ above: at })))],
  ['an endless array', () => stepped(new Proxy([], { get: () => 1e9 }))],
  [
    'a getter that throws',
    () => ({
      ...good,
      get output() {
        throw new Error('mine')
      },
    }),
  ],
  [
    'a getter that throws nothing',
    () => ({
      ...good,
      get output() {
        throw undefined
      },
    }),
  ],
  [
    'a step with a getter that throws',
    () =>
      stepped([
        {
          get above() {
            throw new Error('mine')
          },
        },
      ]),
  ],
  [
    'a Proxy that throws',
    () =>
      new Proxy(
        {},
        {
          get() {
            throw new Error('mine')
          },
        },
      ),
  ],
  ['a Proxy that was revoked', () => revoked.proxy],
  ['a promise of a price', () => Promise.resolve(good)],
  ['a promise that is rejected', () => Promise.reject(new Error('mine'))],
  ['a promise of another realm', () => runInNewContext('Promise.reject(new Error("mine"))')],
  ['a thenable', () => thenable({ ...good }, (_: unknown, reject: () => void) => reject())],
  ['a thenable that throws', () => thenable({ ...good }, fail)],
  [
    'a thenable function',
    () =>
      thenable(
        () => good,
        () => {},
      ),
  ],
  ['a function', () => () => good],
  ['a number', () => 3],
  ['0', () => 0],
  ['false', () => false],
  ['a BigInt alone', () => 3n],
  ['text', () => '0.01'],
  ['empty text', () => ''],
  ['a reason that is none of a source', () => 'recorded_twice'],
]

/** Reported by Node once the microtasks have run. */
const unhandled: unknown[] = []
const listener = (reason: unknown): void => void unhandled.push(reason)
beforeEach(() => void process.on('unhandledRejection', listener))
afterEach(() => {
  process.off('unhandledRejection', listener)
  unhandled.length = 0
})

describe.each(garbage)('a source that answers %s', (_, answer) => {
  test('has failed, and no call is charged by it', async () => {
    expect(chargeOf(answering(answer))).toMatchObject(failed)
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
  })

  test('has failed under a row that is laid over it', () => {
    const rows = [{ provider: 'openai', model: 'm', over: answering(answer), factor: 0.5 }]
    expect(chargeOf(definePrices('2', rows))).toMatchObject(failed)
    const stated = [{ provider: 'openai', model: 'm', over: answering(answer), ...good }]
    expect(chargeOf(definePrices('2', stated))).toMatchObject(failed)
  })

  test('is no price for `priceUsage` either', () => {
    expect(priceUsage({ ...noUsage, input: 5, output: 5 }, answer() as Price)).toBeUndefined()
  })
})

test('`onCharge` receives every call that a broken source fails, and the span has the reason', () => {
  for (const [, answer] of garbage) {
    const charges: Charge[] = []
    const spans = new Recording({
      options: { prices: [answering(answer)], onCharge: (charge) => void charges.push(charge) },
    })
    for (const name of ['one', 'two']) end(spans.start(name, leaf), usage)
    expect(charges).toMatchObject([failed, failed])
    expect(spans.span('two')?.attributes).toMatchObject({
      'cost.status': 'unpriced',
      'cost.reason': 'price_source_failed',
    })
    expect(spans.span('two')?.attributes).not.toHaveProperty('cost.usd')
  }
})

describe('an answer that is not the same twice', () => {
  test('is checked again when the same object has become something else', () => {
    const answer: Record<string, unknown> = { ...good }
    const source = answering(() => answer)
    expect(chargeOf(source)).toMatchObject({ status: 'priced', usd: 0.00102 })
    answer['output'] = '2'
    expect(chargeOf(source)).toMatchObject(failed)
    answer['output'] = 3
    expect(chargeOf(source)).toMatchObject({ status: 'priced', usd: 0.00103 })
    answer['longContext'] = [{ above: 10, input: -1 }]
    expect(chargeOf(source)).toMatchObject(failed)
  })

  test('of a getter is read once for each call, so that what was checked is what is charged', () => {
    let reads = 0
    const answer = {
      input: 0,
      get output() {
        return ++reads % 2 === 1 ? 1 : -1
      },
    }
    const source = answering(() => answer)
    expect(chargeOf(source, { ...tokens, 'ai.usage.cachedInputTokens': 0 }).usd).toBe(0.00001)
    expect(reads).toBe(1)
    for (let call = 0; call < 6; call++) {
      const { usd, reason } = chargeOf(source)
      expect(usd ?? reason).toSatisfy((one) => one === 0.00001 || one === failed.reason)
    }
  })

  test('from a source that answers well and badly by turns costs only the bad calls', () => {
    let calls = 0
    const source = answering(() => (calls++ % 2 === 0 ? good : { ...good, input: null }))
    const statuses = Array.from({ length: 4 }, () => chargeOf(source).status)
    expect(statuses).toEqual(['priced', 'unpriced', 'priced', 'unpriced'])
  })

  test('cannot come from the catalogue: its prices are frozen', () => {
    const query = { provider: 'openai', family: 'openai', model: 'gpt-4o', at: AT }
    const price = catalog.find({ ...query, serviceTier: undefined, region: undefined })
    expect(() => Object.assign(price, { input: '0' })).toThrow(TypeError)
    const meddling: PriceSource = {
      ...catalog,
      find: (asked) => Object.assign(catalog.find(asked), { input: null }),
    }
    const span = plainSpan(aiSdkCall('openai.chat', 'gpt-4o', tokens))
    expect(createCharger({ prices: [meddling] })(span)).toMatchObject(failed)
    expect(createCharger()(span)).toMatchObject({ status: 'priced' })
  })
})

describe('an answer that is a price', () => {
  const answers: [string, () => unknown][] = [
    ['a new object each time', () => ({ ...good })],
    ['a frozen one', () => Object.freeze({ ...good, longContext: Object.freeze([]) })],
    ['one without a prototype', () => Object.assign(Object.create(null), good)],
    ['one with more fields', () => ({ ...good, currency: 'USD', tiers: { flex: null } })],
    [
      'one whose rates are getters',
      () => ({
        get input() {
          return 1
        },
        get output() {
          return 2
        },
      }),
    ],
    ['one with rates that are undefined', () => ({ ...good, request: undefined })],
    ['a Proxy', () => new Proxy(good, {})],
    ['one with a step that is not reached', () => stepped([{ above: 5000, input: 9, output: 9 }])],
  ]

  test.each(answers)('%s', (_, answer) => {
    const source = answering(answer)
    for (let call = 0; call < 2; call++) {
      expect(chargeOf(source)).toMatchObject({ status: 'priced', usd: 0.00102, source: 'override' })
    }
    const rows = [{ provider: 'openai', model: 'm', over: source, factor: 0.5 }]
    expect(chargeOf(definePrices('2', rows))).toMatchObject({ status: 'priced', usd: 0.00051 })
  })

  test.each(['model_without_price', 'terms_without_price'])('or is %s', (miss) => {
    expect(chargeOf(answering(() => miss))).toMatchObject({ status: 'unpriced', reason: miss })
  })
})

test('whatever a source answers, a cost is a finite number of 0 or more by checked rates, or absent', () => {
  const rate = fc.oneof(
    fc.double({ min: 0, max: 1000, noNaN: true }),
    fc.anything({ withBigInt: true, withDate: true, withSparseArray: true }),
  )
  const rates = fc.dictionary(fc.constantFrom(...rateNames), rate)
  const step = fc.oneof(
    fc.tuple(rates, rate).map(([one, above]) => ({ ...one, above })),
    rate,
  )
  const answer = fc.oneof(
    rates,
    fc.tuple(rates, fc.array(step)).map(([one, longContext]) => ({ ...one, longContext })),
    fc.anything({ withBigInt: true, withNullPrototype: true }),
  )
  fc.assert(
    fc.property(answer, (value) => {
      const { usd } = chargeOf(answering(() => value))
      if (usd === undefined) return true
      const stated = Object.entries(value as object).filter(([name]) => name !== 'longContext')
      const isChecked = stated.every(
        ([name, one]) =>
          !rateNames.includes(name as 'input') ||
          one === undefined ||
          (Number.isFinite(one) && (one as number) >= 0),
      )
      return isChecked && Number.isFinite(usd) && usd >= 0
    }),
    { numRuns: 2000 },
  )
})

describe('a row of `definePrices`', () => {
  const row = (more: object): (() => unknown) => {
    const rows = [{ provider: 'openai', model: 'm', ...good, ...more }]
    return () => definePrices('1', rows)
  }

  test.each<[string, object]>([
    ['null', { output: null }],
    ['empty text', { input: '' }],
    ['a BigInt', { input: 1n }],
    ['a negative rate', { input: -1 }],
    ['NaN in a tier', { tiers: { flex: { input: Number.NaN } } }],
    ['a step that is null', { longContext: [null] }],
    [
      'more steps than anybody has',
      { longContext: Array.from({ length: 101 }, (_, above) => ({ above, input: 1 })) },
    ],
  ])('is refused with %s', (_, more) => expect(row(more)).toThrow(TypeError))

  test('is refused with a getter that changes once it was checked', () => {
    let reads = 0
    const changing = {
      provider: 'openai',
      model: 'm',
      output: 2,
      get input(): number {
        return ++reads > 3 ? -1 : 1
      },
    }
    const charges: (Charge | undefined)[] = []
    try {
      charges.push(chargeOf(definePrices('1', [changing])))
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
    }
    for (const charge of charges) expect(charge).toMatchObject({ usd: 0.00102 })
  })
})
