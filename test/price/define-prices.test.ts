import {
  catalog,
  createCharger,
  noUsage,
  priceUsage,
  type Charge,
  type Price,
  type PriceMiss,
  type PriceQuery,
  type PriceSource,
} from 'costspan'
import { definePrices, type PriceRow } from 'costspan/prices'
import { describe, expect, test, vi } from 'vitest'
import { listedIds } from '../../src/price/catalog.ts'
import { AT, aiSdkCall, metadata, plainSpan, type Attributes } from '../support/plain-span.ts'

/** A row of `openai` with some price, and what a test is about. */
const row = (more: Partial<PriceRow>): PriceRow =>
  more.over === undefined
    ? { provider: 'openai', model: 'm', input: 1, ...more }
    : { provider: 'openai', model: 'm', ...more }

const query = (model: string, more: Partial<PriceQuery> = {}): PriceQuery => ({
  provider: 'openai.chat',
  family: 'openai',
  model,
  at: AT,
  serviceTier: undefined,
  region: undefined,
  ...more,
})

const day = (text: string): number => Date.parse(`${text}T00:00:00Z`)

function find(
  rows: readonly PriceRow[],
  model: string,
  more?: Partial<PriceQuery>,
): Price | PriceMiss {
  return definePrices('1', rows).find(query(model, more))
}

function inputOf(found: Price | PriceMiss): number | PriceMiss | undefined {
  return typeof found === 'string' ? found : found.input
}

/** The rates that there are, without the names of those that there are not. */
function ratesOf(found: Price | PriceMiss): unknown {
  return typeof found === 'string' ? found : (JSON.parse(JSON.stringify(found)) as unknown)
}

function ratesIn({ longContext = [], ...rates }: Price): [string, number][] {
  const steps = longContext.flatMap((one, index) =>
    Object.entries(one).map(([name, rate]) => [`step ${index} ${name}`, rate] as const),
  )
  return [...Object.entries(rates), ...steps].flatMap(([name, rate]) =>
    typeof rate === 'number' ? [[name, rate] as [string, number]] : [],
  )
}

/** A million tokens read, none written. */
const million: Attributes = { 'ai.usage.inputTokens': 1e6, 'ai.usage.outputTokens': 0 }

function chargeOf(prices: readonly PriceSource[], attributes: Attributes): Charge {
  return createCharger({ prices })(plainSpan(attributes)) as Charge
}

/** A base that has one model, `m`, in some tiers and one region, with a step for long prompts. */
const step = { above: 1000, input: 20, output: 60, cacheRead: 2, minimumSeconds: 10 }
const standard: Price = {
  ...{ input: 10, output: 40, cacheRead: 1, minimumSeconds: 10 },
  longContext: [step],
}
const flex: Price = { input: 5, output: 20 }
const us: Price = { input: 11, output: 44 }
const base: PriceSource = {
  version: 'base-1',
  source: 'catalog',
  find({ model, serviceTier, region }) {
    if (model !== 'm') return 'model_without_price'
    if (region === 'us' && serviceTier === undefined) return us
    if (region !== undefined) return 'terms_without_price'
    if (serviceTier === undefined) return standard
    return serviceTier === 'flex' ? flex : 'terms_without_price'
  },
}

describe('which row holds', () => {
  const rows = [
    row({ model: /^gpt-4/, input: 1 }),
    row({ model: /^gpt-/, input: 2 }),
    row({ model: 'gpt-4o', input: 3 }),
    row({ model: /O$/i, input: 4 }),
    row({ provider: 'openai.responses', model: /mini/, input: 5 }),
    row({ provider: 'azure', model: 'gpt-4o', input: 6 }),
    row({ provider: 'azure', model: /./, input: 7 }),
  ]

  test.each<[string, string, Partial<PriceQuery>, number | PriceMiss]>([
    ['an exact id goes before RegExps that come earlier', 'gpt-4o', {}, 3],
    ['the RegExp that comes first goes before the next', 'gpt-4.1', {}, 1],
    ['the next one is tried too', 'gpt-5', {}, 2],
    ['flags of a RegExp count', 'FOO', {}, 4],
    ['a RegExp that does not match holds for nothing', 'claude', {}, 'model_without_price'],
    ['a snapshot belongs to the exact row of its model', 'gpt-4o-2024-08-06', {}, 3],
    ['… also one of four digits', 'gpt-4o-0806', {}, 3],
    ['another size is no snapshot', 'gpt-4o-mini', {}, 1],
    ['on Azure an id is no snapshot of a deployment', 'gpt-4o-2024-08-06', { family: 'azure' }, 7],
    ['the id on the span goes before its family', 'gpt-mini', { provider: 'openai.responses' }, 5],
    ['… which is asked next', 'gpt-4o', { provider: 'openai.responses' }, 3],
    ['256 characters are matched', `gpt-${'5'.repeat(252)}`, {}, 2],
    ['257 are not', `gpt-${'5'.repeat(253)}`, {}, 'model_without_price'],
  ])('%s', (_, model, more, input) => {
    const own = definePrices('1', rows)
    const asked = query(model, more.family === 'azure' ? { ...more, provider: 'azure.chat' } : more)
    expect(inputOf(own.find(asked))).toBe(input)
    // The second answer is the remembered one.
    expect(inputOf(own.find(asked))).toBe(input)
  })

  test('a snapshot without a RegExp is left to the sources that know it by name', () => {
    expect(find([row({ model: 'gpt-4o' })], 'gpt-4o-2024-08-06')).toBe('model_without_price')
  })

  test('100,000 ids have the same prices before and after they are evicted', () => {
    const own = definePrices('1', [
      row({ model: /[02468]$/, input: 1 }),
      row({ model: /5/, input: 2 }),
    ])
    const inputs = Array.from({ length: 100_000 }, (_, n) => inputOf(own.find(query(`m-${n}`))))
    const wrong = inputs.filter((input, n) => {
      const odd = String(n).includes('5') ? 2 : 'model_without_price'
      return input !== (n % 2 === 0 ? 1 : odd)
    })
    expect(wrong).toEqual([])
    expect(inputOf(own.find(query('m-0')))).toBe(1)
    expect(inputOf(own.find(query('m-5')))).toBe(2)
  })

  test('a RegExp is tried once on an id that comes again, and again after 2,048 others', () => {
    const own = definePrices('1', [row({ model: /^seen/ })])
    const tried = vi.spyOn(RegExp.prototype, 'test')
    const timesOn = (id: string): number => tried.mock.calls.filter(([text]) => text === id).length
    try {
      for (let n = 0; n < 10; n++) own.find(query('seen'))
      expect(timesOn('seen')).toBe(1)
      for (let n = 0; n < 1024; n++) own.find(query(`some-${n}`))
      own.find(query('seen'))
      expect(timesOn('seen')).toBe(1)
      for (let n = 0; n < 2048; n++) own.find(query(`other-${n}`))
      own.find(query('seen'))
      expect(timesOn('seen')).toBe(2)
      expect(timesOn('other-2047')).toBe(1)
    } finally {
      tried.mockRestore()
    }
  })
})

describe('when a row holds', () => {
  const rows = [
    row({ model: 'm', input: 1, until: '2026-02-01' }),
    row({ model: 'm', input: 3, from: '2026-04-01', until: '2026-05-01' }),
    row({ model: 'm', input: 2, from: '2026-03-01' }),
    row({ model: /^[mn]$/, input: 4, until: '2026-06-01' }),
    row({ model: /^[mn]$/, input: 5, from: '2026-03-01' }),
    row({ model: /n/, input: 6 }),
    row({ model: 'once', input: 7, from: '2026-02-01', until: '2026-02-02' }),
  ]

  test.each<[string, string, number, number | PriceMiss]>([
    ['a row without `from` holds from ever', 'm', day('1970-01-01'), 1],
    ['… up to the last millisecond before `until`', 'm', day('2026-02-01') - 1, 1],
    ['`until` is excluded: a RegExp is next', 'm', day('2026-02-01'), 4],
    ['`from` is included', 'm', day('2026-03-01'), 2],
    ['the row that began last goes before one that still holds', 'm', day('2026-04-30'), 3],
    ['… which holds again after it', 'm', day('2026-05-01'), 2],
    ['the same RegExp is one model: what began last', 'n', day('2026-03-01'), 5],
    ['… whatever the order of the rows', 'n', day('2026-07-01'), 5],
    ['… and before that the other', 'n', day('2026-02-28'), 4],
    ['a day has 24 hours', 'once', day('2026-02-02') - 1, 7],
    ['after its day a row is as if it were not there', 'once', day('2026-02-02'), 6],
    ['before it as well', 'once', day('2026-02-01') - 1, 6],
    ['a call at no time has no price', 'm', Number.NaN, 'model_without_price'],
  ])('%s', (_, model, at, input) => {
    expect(inputOf(find(rows, model, { at }))).toBe(input)
  })

  test('outside its days another source decides', () => {
    const own = definePrices('1', [row({ model: 'gpt-5', until: '2026-11-15' })])
    const attributes = aiSdkCall('openai.chat', 'gpt-5', million)
    expect(chargeOf([own, catalog], attributes)).toMatchObject({ usd: 1.25, source: 'catalog' })
  })
})

describe('a row laid over another source', () => {
  const at = { above: 1000, minimumSeconds: 10 }

  test.each<[string, Partial<PriceRow>, Partial<PriceQuery>, unknown]>([
    ['states nothing: all is as there', {}, {}, standard],
    ['… in another tier', {}, { serviceTier: 'flex' }, flex],
    ['… in a region', {}, { region: 'us' }, us],
    [
      'has no price for a model that the base does not know',
      { model: /./ },
      { model: 'x' },
      'model_without_price',
    ],
    [
      'has none for a tier without one',
      { input: 1 },
      { serviceTier: 'fast' },
      'terms_without_price',
    ],
    ['has none for a region without one', { input: 1 }, { region: 'eu' }, 'terms_without_price'],
    [
      'a rate replaces that of the card and of its steps',
      { input: 7, search: 0.5 },
      {},
      { ...standard, input: 7, search: 0.5, longContext: [{ ...step, input: 7, search: 0.5 }] },
    ],
    ['… but not that of another tier', { input: 7 }, { serviceTier: 'flex' }, flex],
    ['… and of a region', { input: 7 }, { region: 'us' }, { ...us, input: 7 }],
    [
      'a rate of 0 replaces too',
      { cacheRead: 0 },
      {},
      { ...standard, cacheRead: 0, longContext: [{ ...step, cacheRead: 0 }] },
    ],
    [
      'steps of its own replace all steps, unchanged',
      { input: 7, longContext: [{ above: 5, input: 8 }] },
      {},
      { ...standard, input: 7, longContext: [{ above: 5, input: 8 }] },
    ],
    [
      'an empty array of steps takes them away',
      { longContext: [] },
      {},
      { ...standard, longContext: [] },
    ],
    [
      'a factor multiplies rates and steps, not seconds nor boundaries',
      { factor: 0.5 },
      {},
      {
        input: 5,
        output: 20,
        cacheRead: 0.5,
        minimumSeconds: 10,
        longContext: [{ ...at, input: 10, output: 30, cacheRead: 1 }],
      },
    ],
    [
      '… not what the row states',
      { factor: 0.5, input: 7, minimumSeconds: 3 },
      {},
      {
        input: 7,
        output: 20,
        cacheRead: 0.5,
        minimumSeconds: 3,
        longContext: [{ ...at, minimumSeconds: 3, input: 7, output: 30, cacheRead: 1 }],
      },
    ],
    [
      '… nor its steps',
      { factor: 0.5, longContext: [{ above: 5, input: 8 }] },
      {},
      {
        input: 5,
        output: 20,
        cacheRead: 0.5,
        minimumSeconds: 10,
        longContext: [{ above: 5, input: 8 }],
      },
    ],
    [
      '… and works in another tier',
      { factor: 0.5 },
      { serviceTier: 'flex' },
      { input: 2.5, output: 10 },
    ],
    ['… and in a region', { factor: 2 }, { region: 'us' }, { input: 22, output: 88 }],
    [
      'a tier of its own replaces its rates',
      { factor: 0.5, output: 1, tiers: { flex: { input: 3 } } },
      { serviceTier: 'flex' },
      { input: 3, output: 10 },
    ],
    [
      '… only in that tier',
      { output: 1, tiers: { flex: { input: 3 } } },
      { region: 'us' },
      { ...us, output: 1 },
    ],
    [
      'a tier of its own needs none in the base',
      { input: 1, tiers: { fast: { input: 30, output: 90 } } },
      { serviceTier: 'fast' },
      { input: 30, output: 90 },
    ],
    [
      '… but no region',
      { tiers: { fast: { input: 30 } } },
      { serviceTier: 'fast', region: 'us' },
      'terms_without_price',
    ],
    [
      '… and a model that is known',
      { model: /./, tiers: { fast: { input: 30 } } },
      { model: 'x', serviceTier: 'fast' },
      'model_without_price',
    ],
  ])('%s', (_, stated, asked, answer) => {
    expect(ratesOf(find([row({ over: base, ...stated })], 'm', asked))).toEqual(answer)
  })

  test('computes a card once', () => {
    const own = definePrices('1', [row({ over: base, factor: 0.5, tiers: { flex: { input: 1 } } })])
    for (const serviceTier of [undefined, 'flex']) {
      const first = own.find(query('m', { serviceTier }))
      expect(own.find(query('m', { serviceTier }))).toBe(first)
    }
  })

  test('does not mix up rows or tiers whose card is one object', () => {
    const same: PriceSource = { ...base, find: () => us }
    const own = definePrices('1', [
      row({ over: same, factor: 0.5, tiers: { flex: { output: 1 } } }),
      row({ over: same, factor: 2, model: 'n' }),
    ])
    const inputs = [
      own.find(query('m')),
      own.find(query('m', { serviceTier: 'flex' })),
      own.find(query('n')),
    ].map(ratesOf)
    expect(inputs).toEqual([
      { input: 5.5, output: 22 },
      { input: 5.5, output: 1 },
      { input: 22, output: 88 },
    ])
  })

  test('can lie over another such source', () => {
    const half = definePrices('half', [row({ over: base, factor: 0.5 })])
    const own = definePrices('1', [row({ over: half, factor: 0.5, output: 9 })])
    expect(own.find(query('m', { region: 'us' }))).toMatchObject({ input: 2.75, output: 9 })
    expect(own.version).toBe('1+half+base-1')
  })

  test('asks the base about the call as it was', () => {
    const queries: PriceQuery[] = []
    const listening: PriceSource = {
      ...base,
      find(asked) {
        queries.push(asked)
        return this.version === 'base-1' ? us : 'model_without_price'
      },
    }
    const asked = query('m-2026-01-01', { serviceTier: 'flex', region: 'us' })
    const own = definePrices('1', [row({ model: /^m/, over: listening })])
    expect(own.find(asked)).toMatchObject(us)
    expect(queries).toEqual([asked])
  })

  test('the version names what rows are laid over, each once', () => {
    const own = definePrices('1', [
      row({ over: base }),
      row({ over: base, model: 'n' }),
      row({ over: catalog, model: 'o' }),
    ])
    expect(own.version).toBe(`1+base-1+${catalog.version}`)
    expect(definePrices('1', [row({})]).version).toBe('1')
  })

  test.each<[string, unknown, string]>([
    ['that answers nothing', () => undefined, 'model_without_price'],
    ['that answers null', () => null, 'model_without_price'],
    ['that throws', () => expect.fail('thrown'), 'price_source_failed'],
  ])('a source %s is a reason, no error', (_, broken, reason) => {
    const over = { ...base, find: broken as PriceSource['find'] }
    const charge = chargeOf([definePrices('1', [row({ over })])], aiSdkCall('openai', 'm', million))
    expect([charge.status, charge.reason]).toEqual(['unpriced', reason])
  })
})

describe('a contract over the catalogue', () => {
  const discount = definePrices('contract-7', [row({ model: /^gpt-/, over: catalog, factor: 0.9 })])
  const used: Attributes = {
    'ai.usage.inputTokens': 12_345,
    'ai.usage.cachedInputTokens': 2048,
    'ai.usage.outputTokens': 678,
  }

  test.each<[string, string, string, Attributes]>([
    ['a model by name', 'openai.chat', 'gpt-4o', {}],
    ['a snapshot', 'openai.chat', 'gpt-4o', { 'ai.response.model': 'gpt-4o-2024-05-13' }],
    ['another tier', 'openai.responses', 'gpt-5', metadata({ openai: { serviceTier: 'flex' } })],
    [
      'a dearer tier',
      'openai.responses',
      'gpt-5',
      metadata({ openai: { serviceTier: 'priority' } }),
    ],
    ['a long prompt', 'openai.responses', 'gpt-5.4', { 'ai.usage.inputTokens': 500_000 }],
  ])('of 10 %% is 0.9 of its charge: %s', (_, provider, model, more) => {
    const attributes = aiSdkCall(provider, model, { ...used, ...more })
    const listed = chargeOf([catalog], attributes)
    const own = chargeOf([discount, catalog], attributes)
    expect(listed.usd).toBeGreaterThan(0)
    expect((own.usd ?? 0) / (listed.usd ?? 0)).toBeCloseTo(0.9, 12)
    expect(own).toMatchObject({ source: 'override', status: listed.status })
  })

  test('is 0.9 of every rate of every model it names, in every tier', () => {
    const models =
      listedIds()
        .get('openai')
        ?.filter((id) => id.startsWith('gpt-')) ?? []
    let rates = 0
    for (const serviceTier of [undefined, 'flex', 'priority', 'batch']) {
      for (const model of models) {
        const listed = catalog.find(query(model, { serviceTier }))
        const own = discount.find(query(model, { serviceTier }))
        if (typeof listed === 'string' || typeof own === 'string') {
          expect(own).toBe(listed)
          continue
        }
        expect(Object.keys(own)).toEqual(Object.keys(listed))
        for (const [name, rate] of ratesIn(listed)) {
          const factor = /above|minimumSeconds/.test(name) ? 1 : 0.9
          const stated = new Map(ratesIn(own)).get(name) ?? Number.NaN
          expect(Math.abs(stated - rate * factor), `${model} ${name}`).toBeLessThanOrEqual(
            1e-12 * rate,
          )
          rates += 1
        }
      }
    }
    expect(rates).toBeGreaterThan(300)
  })

  test('leaves other models to the catalogue', () => {
    const attributes = aiSdkCall('openai.chat', 'o3', million)
    expect(chargeOf([discount, catalog], attributes)).toEqual({
      ...chargeOf([catalog], attributes),
      priceVersion: discount.version,
    })
  })

  test('with an exception holds for the snapshot that answered', () => {
    const own = definePrices('1', [
      row({ model: /^gpt-/, over: catalog, factor: 0.9 }),
      row({ model: 'gpt-4o', over: catalog }),
    ])
    const answered = { ...million, 'ai.response.model': 'gpt-4o-2024-08-06' }
    expect(chargeOf([own, catalog], aiSdkCall('openai.chat', 'gpt-4o', answered)).usd).toBe(2.5)
  })
})

describe('a row that is the whole price', () => {
  const tiers = { flex: { input: 0.5, output: 2, longContext: [{ above: 10, input: 9 }] } }

  test.each<[string, Partial<PriceRow>, Partial<PriceQuery>, unknown]>([
    ['has a price in standard service', { tiers }, {}, { input: 1 }],
    ['has that of a tier it names', { tiers }, { serviceTier: 'flex' }, tiers.flex],
    ['has none for another tier', { tiers }, { serviceTier: 'priority' }, 'terms_without_price'],
    ['has none for a tier where it names none', {}, { serviceTier: 'flex' }, 'terms_without_price'],
    ['has none for a region', { tiers }, { region: 'us' }, 'terms_without_price'],
    ['… in whatever tier', { tiers }, { serviceTier: 'flex', region: 'us' }, 'terms_without_price'],
    [
      'has no tier by the name of a method',
      { tiers },
      { serviceTier: 'constructor' },
      'terms_without_price',
    ],
  ])('%s', (_, stated, asked, answer) => {
    expect(ratesOf(find([row(stated)], 'm', asked))).toEqual(answer)
  })

  test('a tier of its own is charged', () => {
    const own = definePrices('1', [row({ model: 'gpt-5', output: 1, tiers })])
    const attributes = aiSdkCall('openai.responses', 'gpt-5', {
      ...metadata({ openai: { serviceTier: 'flex' } }),
      'ai.usage.inputTokens': 10,
      'ai.usage.outputTokens': 0,
    })
    expect(chargeOf([own], attributes)).toMatchObject({ usd: 5e-6, status: 'priced' })
  })

  test('all rates 0 cost 0, which is not unknown', () => {
    const free = definePrices('1', [row({ input: 0, output: 0 })])
    const charge = chargeOf([free], aiSdkCall('openai.chat', 'm', million))
    expect(charge).toMatchObject({ usd: 0, status: 'priced', source: 'override' })
  })

  test('a price by the second that a call takes is a price', () => {
    const found = find([row({ provider: 'gpu', input: undefined, durationSecond: 0.0007 })], 'm', {
      provider: 'gpu',
      family: 'gpu',
    })
    expect(ratesOf(found)).toEqual({ durationSecond: 0.0007 })
    const price = typeof found === 'string' ? {} : found
    expect(priceUsage({ ...noUsage, input: 500, output: 100 }, price, 2)?.usd).toBe(0.0014)
  })

  test('its objects have all the names, in the order of those of the catalogue', () => {
    const names = Object.keys(catalog.find(query('gpt-5')))
    const own = definePrices('1', [row({ tiers }), row({ model: 'gpt-5', over: catalog })])
    for (const found of [
      own.find(query('m')),
      own.find(query('m', { serviceTier: 'flex' })),
      own.find(query('gpt-5')),
    ]) {
      expect(Object.keys(found)).toEqual(names)
    }
  })
})

describe('malformed rows', () => {
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
      'Expected `rows[0].model` to be a string that is not empty, or a RegExp, got "" (string)',
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
      'Expected `rows[0].cachedInput` to be one of provider, model, from, until, over, factor, tiers, longContext, input, ',
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
    [
      'the same RegExp twice',
      [bad({ model: /m/ }), bad({ model: /n/ }), bad({ model: /m/ })],
      'Expected `rows[2]` to be the only row of its provider, model and day',
    ],
    [
      'the same model twice from ever, one of them for a time',
      [bad({ until: '2026-11-01' }), bad({})],
      'Expected `rows[1]` to be the only row of its provider, model and day',
    ],
    [
      'a model that is a number',
      [bad({ model: 4 })],
      'Expected `rows[0].model` to be a string that is not empty, or a RegExp, got 4 (number)',
    ],
    [
      'a provider that is a RegExp',
      [bad({ provider: /p/ })],
      'Expected `rows[0].provider` to be a string that is not empty, got a value of type object',
    ],
    [
      'a RegExp that remembers',
      [bad({ model: /m/gi })],
      'Expected `rows[0].model.flags` to be without g and y, got "gi" (string)',
    ],
    [
      'a RegExp that sticks',
      [bad({ model: /m/y })],
      'Expected `rows[0].model.flags` to be without g and y, got "y" (string)',
    ],
    [
      'an end in words',
      [bad({}), bad({ until: 'soon' })],
      'Expected `rows[1].until` to be a day such as 2026-11-01, got "soon" (string)',
    ],
    [
      'an end at the beginning',
      [bad({ from: '2026-11-01', until: '2026-11-01' })],
      'Expected `rows[0].until` to be a day later than `from`, got "2026-11-01" (string)',
    ],
    [
      'an end before the beginning',
      [bad({ from: '2026-11-01', until: '2025-12-31' })],
      'Expected `rows[0].until` to be a day later than `from`, got "2025-12-31" (string)',
    ],
    [
      'a base that is none',
      [bad({ over: { find: 1 } })],
      'Expected `rows[0].over` to be a price source with `version`, `source` and `find`, got a value',
    ],
    [
      'a base of null',
      [bad({ over: null })],
      'Expected `rows[0].over` to be a price source with `version`, `source` and `find`, got null',
    ],
    ...[0, -1, NaN, Infinity].map((factor): [string, unknown, string] => [
      `a factor of ${factor}`,
      [bad({ over: base, factor })],
      `Expected \`rows[0].factor\` to be a finite number, more than 0, got ${factor} (number)`,
    ]),
    [
      'a factor as text',
      [bad({ over: base, factor: '10%' })],
      'Expected `rows[0].factor` to be a finite number, more than 0, got "10%" (string)',
    ],
    [
      'a factor of nothing',
      [bad({ factor: 0.9 })],
      'Expected `rows[0].factor` to be left out of a row without `over`, got 0.9 (number)',
    ],
    [
      'a rate beside a base',
      [bad({ over: base, input: -1 })],
      'Expected `rows[0].input` to be a finite number, 0 or more, got -1 (number)',
    ],
    [
      'tiers that are a name',
      [bad({ tiers: 'flex' })],
      'Expected `rows[0].tiers` to be an object of prices by tier, got "flex" (string)',
    ],
    ...['Flex', 'default', 'auto', ''].map((name): [string, unknown, string] => [
      `a tier that no call is served in: "${name}"`,
      [bad({ tiers: { [name]: { input: 1 } } })],
      `Expected \`rows[0].tiers.${name}\` to be a tier in lower case, other than the standard one`,
    ]),
    [
      'a tier of null',
      [bad({ tiers: { flex: null } })],
      'Expected `rows[0].tiers.flex` to be an object, got null',
    ],
    [
      'a tier without rates',
      [bad({ tiers: { flex: {} } })],
      'Expected `rows[0].tiers.flex` to be a price with at least one rate, such as `input`',
    ],
    [
      'a field of a tier that there is not',
      [bad({ tiers: { flex: { input: 1, from: '2026-11-01' } } })],
      'Expected `rows[0].tiers.flex.from` to be one of longContext, input, ',
    ],
    [
      'a rate in a tier',
      [bad({ tiers: { flex: { output: '1' } } })],
      'Expected `rows[0].tiers.flex.output` to be a finite number, 0 or more, got "1" (string)',
    ],
    [
      'a step in a tier',
      [bad({ tiers: { flex: { input: 1, longContext: [{ input: 1 }] } } })],
      'Expected `rows[0].tiers.flex.longContext[0].above` to be a finite number, 0 or more',
    ],
    [
      'a step without rates',
      [bad({ longContext: [{ above: 1 }] })],
      'Expected `rows[0].longContext[0]` to be a price with at least one rate',
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

  test('rows that change afterwards change no price', () => {
    const model = /^m$/
    const changing = { provider: 'openai', model, input: 1, tiers: { flex: { input: 2 } } }
    const mine = definePrices('1', [changing])
    Object.assign(model, { exec: () => null })
    changing.input = 100
    changing.tiers.flex.input = 100
    expect(mine.find(query('m'))).toMatchObject({ input: 1 })
    expect(mine.find(query('m', { serviceTier: 'flex' }))).toMatchObject({ input: 2 })
  })
})
