import {
  catalog,
  createCharger,
  noUsage,
  priceUsage,
  type Price,
  type PriceQuery,
  type Usage,
} from 'costspan'
import { definePrices, type PriceRow } from 'costspan/prices'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { packedCatalog, datasets } from '../../src/price/catalog-data.ts'
import { rateNames } from '../../src/price/price.ts'
import { toPeriods, unpack } from '../../src/price/packed-catalog.ts'
import { aiSdkCall, AT, plainSpan, type Attributes } from '../support/plain-span.ts'

const price: Price = {
  input: 3,
  output: 15,
  cacheRead: 0.3,
  cacheWrite5m: 3.75,
  cacheWrite1h: 6,
  audioInput: 10,
  audioOutput: 20,
  imageInput: 4,
  imageOutput: 30,
  characters: 16,
  second: 0.0001,
  search: 0.01,
  request: 0.005,
}
const usd = (usage: Partial<Usage>, at: Price = price): number | undefined =>
  priceUsage({ ...noUsage, ...usage }, at)?.usd

describe('what a usage costs', () => {
  const { request: _, ...withoutFee } = price

  test.each<[string, Partial<Usage>, number]>([
    ['input', { input: 1e6 }, 3],
    ['output', { output: 1e6 }, 15],
    ['reasoning is part of the output', { output: 1e6, reasoning: 4e5 }, 15],
    ['cache reads', { cacheRead: 1e6 }, 0.3],
    ['cache writes for five minutes', { cacheWrite5m: 1e6 }, 3.75],
    ['cache writes for an hour', { cacheWrite1h: 1e6 }, 6],
    ['audio input', { audioInput: 1e6 }, 10],
    ['audio output', { audioOutput: 1e6 }, 20],
    ['images seen', { imageInput: 1e6 }, 4],
    ['images drawn', { imageOutput: 1e6 }, 30],
    ['characters', { characters: 1e6 }, 16],
    ['seconds', { seconds: 10_000 }, 1],
    ['searches', { searches: 100 }, 1],
    ['nothing', {}, 0],
  ])('%s', (_name, usage, expected) => expect(usd(usage, withoutFee)).toBeCloseTo(expected, 12))

  test('the request itself has a price', () => expect(usd({ input: 1e6 })).toBeCloseTo(3.005, 12))

  test.each<[string, Partial<Usage>, Price, number]>([
    ['cache reads cost as input', { cacheRead: 1e6 }, { input: 3, output: 15 }, 3],
    ['cache writes cost as input', { cacheWrite5m: 1e6 }, { input: 3, output: 15 }, 3],
    [
      'writes for an hour cost as for five minutes',
      { cacheWrite1h: 1e6 },
      { input: 3, cacheWrite5m: 4 },
      4,
    ],
    ['audio costs as text', { audioInput: 1e6, audioOutput: 1e6 }, { input: 3, output: 15 }, 18],
    ['a rate of 0 is a price', { input: 1e6, output: 1e6 }, { input: 0, output: 0 }, 0],
  ])('where a rate is absent, %s', (_name, usage, rates, expected) =>
    expect(usd(usage, rates)).toBeCloseTo(expected, 12),
  )

  test.each<[string, Partial<Usage>]>([
    ['input', { input: 1 }],
    ['cache reads', { cacheRead: 1 }],
    ['output', { output: 1 }],
    ['images drawn', { imageOutput: 1 }],
    ['characters', { characters: 1 }],
    ['seconds', { seconds: 1 }],
    ['searches', { searches: 1 }],
  ])('without a rate for it, %s has no cost', (_name, usage) =>
    expect(usd(usage, {})).toBeUndefined(),
  )

  test('the parts sum to the whole, which is linear in the usage', () => {
    const count = fc.nat(1e6)
    const usages = fc.record({
      input: count,
      cacheRead: count,
      cacheWrite5m: count,
      cacheWrite1h: count,
      output: count,
      audioInput: count,
      searches: fc.nat(9),
    })
    fc.assert(
      fc.property(usages, (usage) => {
        const cost = priceUsage({ ...noUsage, ...usage }, withoutFee)
        const {
          inputUsd = NaN,
          outputUsd = NaN,
          cacheReadUsd = NaN,
          cacheWriteUsd = NaN,
          feesUsd = NaN,
        } = cost ?? {}
        expect(inputUsd + outputUsd + cacheReadUsd + cacheWriteUsd + feesUsd).toBeCloseTo(
          cost?.usd ?? NaN,
          9,
        )
        const double = Object.fromEntries(
          Object.entries(usage).map(([name, value]) => [name, value * 2]),
        )
        expect(usd(double, withoutFee)).toBeCloseTo(2 * (cost?.usd ?? NaN), 9)
      }),
    )
  })
})

describe('a long context', () => {
  const long: Price = {
    input: 3,
    output: 15,
    longContext: [
      { above: 200_000, input: 6, output: 22 },
      { above: 500_000, input: 9, output: 30 },
    ],
  }

  test.each<[string, Partial<Usage>, number]>([
    ['of exactly the boundary is none', { input: 200_000, output: 1 }, 200_000 * 3 + 15],
    ['reprices the whole call', { input: 200_001, output: 1 }, 200_001 * 6 + 22],
    ['counts what was cached', { input: 1, cacheRead: 150_000, cacheWrite5m: 50_000 }, 200_001 * 6],
    ['counts audio and images', { audioInput: 100_000, imageInput: 100_001 }, 200_001 * 6],
    ['does not count the answer', { input: 200_000, output: 100_000 }, 200_000 * 3 + 1_500_000],
    ['has several steps', { input: 500_001 }, 500_001 * 9],
  ])('%s', (_, usage, micro) => expect(usd(usage, long)).toBeCloseTo(micro / 1e6, 9))

  test('has the rates of the highest step that the prompt is above, in whatever order they are given', () => {
    const backwards = long.longContext?.toReversed()
    const row = { provider: 'p', model: 'm', ...long, longContext: backwards }
    expect(costOf([row], 500_001)).toBeCloseTo((500_001 * 9) / 1e6, 9)
  })
})

function costOf(
  rows: readonly PriceRow[],
  input: number,
  more: Attributes = {},
  at = AT,
): number | undefined {
  const charge = createCharger({ prices: [definePrices('1', rows)] })
  const attributes = aiSdkCall('p', 'm', {
    'ai.usage.inputTokens': input,
    'ai.usage.outputTokens': 0,
    ...more,
  })
  return charge(plainSpan(attributes, { startTime: [at / 1e3, 0] }))?.usd
}

/** Under standard terms, unless `more` states others. */
function query(family: string, model: string, more: Partial<PriceQuery> = {}): PriceQuery {
  const standard = { serviceTier: undefined, region: undefined }
  return { provider: family, family, model, at: AT, ...standard, ...more }
}

describe('which price is valid', () => {
  const rowOf = (input: number, from?: string): PriceRow => ({
    provider: 'p',
    model: 'm',
    input,
    output: 1,
    from,
  })
  const rows = [rowOf(30, '2026-03-01'), rowOf(10), rowOf(20, '2026-02-01')]

  test.each<[string, number]>([
    ['2020-01-01T00:00:00Z', 10],
    ['2026-01-31T23:59:59.999Z', 10],
    ['2026-02-01T00:00:00Z', 20],
    ['2026-02-28T23:59:59Z', 20],
    ['2026-03-01T00:00:00Z', 30],
  ])('a call at %s costs %d', (time, expected) =>
    expect(costOf(rows, 1e6, {}, Date.parse(time))).toBeCloseTo(expected, 9),
  )

  test('before the first day there is no price', () => {
    expect(
      costOf([rowOf(20, '2026-02-01')], 1e6, {}, Date.parse('2026-01-31T00:00:00Z')),
    ).toBeUndefined()
  })

  test.each<[string, number]>([
    ['2026-08-20T23:59:59Z', 5],
    ['2026-08-21T00:00:00Z', 4],
  ])('the catalogue knows what gpt-5.6 cost at %s', (time, input) => {
    expect(catalog.find(query('openai', 'gpt-5.6', { at: Date.parse(time) }))).toMatchObject({
      input,
    })
  })

  // https://platform.claude.com/docs/en/about-claude/pricing and https://openai.com/api/pricing
  test.each<[string, string, Price]>([
    [
      'anthropic',
      'claude-sonnet-4-5',
      { input: 3, output: 15, cacheRead: 0.3, cacheWrite5m: 3.75, cacheWrite1h: 6 },
    ],
    ['openai', 'gpt-4o', { input: 2.5, output: 10, cacheRead: 1.25 }],
    ['openai', 'text-embedding-3-small', { input: 0.02 }],
    [
      'google',
      'gemini-2.5-pro',
      {
        input: 1.25,
        output: 10,
        longContext: [expect.objectContaining({ above: 200_000, input: 2.5 })] as never,
      },
    ],
  ])('the catalogue has the published price of %s %s', (family, model, published) => {
    expect(catalog.find(query(family, model))).toMatchObject(published)
  })

  test.each([
    ['openai', '__proto__'],
    ['openai', 'constructor'],
    ['__proto__', 'toString'],
    ['openai', 'GPT-4o'],
    ['openai', 'gpt-4o '],
    ['openai', ''],
  ])('the catalogue knows no %s %j', (family, model) => {
    expect(catalog.find(query(family, model))).toBe('model_without_price')
  })

  test.each([
    ['flex', 'openai', 'gpt-5', { serviceTier: 'flex', region: undefined }, { input: 0.625 }],
    [
      'a tier without a price',
      'openai',
      'gpt-4o-mini-tts',
      { serviceTier: 'flex', region: undefined },
      'terms_without_price',
    ],
    [
      'a region without a price',
      'anthropic',
      'claude-sonnet-4-5',
      { serviceTier: undefined, region: 'us' },
      'terms_without_price',
    ],
    [
      'a tier called constructor',
      'openai',
      'gpt-5',
      { serviceTier: 'constructor', region: undefined },
      'terms_without_price',
    ],
  ])('the catalogue under other terms: %s', (_, family, model, terms, found) => {
    const answer = catalog.find(query(family, model, terms))
    if (typeof found === 'string') expect(answer).toBe(found)
    else expect(answer).toMatchObject(found)
  })

  test('no rate in the catalogue is negative, and long contexts ascend', () => {
    const models = [...unpack(packedCatalog).values()].flatMap((family) => [...family.values()])
    const cards = models.flatMap((model) => toPeriods(model).map(({ card }) => card))
    const prices = cards.flatMap(({ standard, tiers }) => [standard, ...tiers.values()])
    expect(prices.length).toBeGreaterThan(2500)
    const rates = prices
      .flatMap((each) => [each, ...(each.longContext ?? [])])
      .flatMap((each) => rateNames.map((name) => each[name]))
    expect(rates.filter((rate) => rate !== undefined && !(rate >= 0 && rate < 1e4))).toEqual([])
    const steps = prices.map(({ longContext = [] }) => longContext.map(({ above }) => above))
    expect(steps).toEqual(steps.map((each) => each.toSorted((one, other) => one - other)))
  })

  test('the catalogue states what it was compiled from', () => {
    expect(datasets.map(({ name }) => name)).toEqual(['litellm', 'genai-prices', 'litellm'])
    for (const { sha256, version, date, license } of datasets) {
      expect(sha256).toMatch(/^[0-9a-f]{64}$/)
      expect(date).toMatch(/^2026-/)
      expect(license).toBe('MIT')
      if (date !== '2026-08-02') expect(catalog.version).toContain(version)
    }
  })
})
