import { createCharger, type Charge, type Price, type PriceSource, type SpanLike } from 'costspan'
import { definePrices } from 'costspan/prices'
import { describe, expect, test } from 'vitest'
import { withoutDuplicate } from '../../src/charge/charge.ts'
import {
  writeAttribution,
  writeCarriedElsewhere,
  writeCharge,
} from '../../src/enrich/attributes.ts'
import {
  aiSdkCall,
  AT,
  genAiCall,
  metadata,
  plainSpan,
  type Attributes,
} from '../support/plain-span.ts'
import { loadFixtures } from '../support/fixtures.ts'
import { leaf, Recording, usage } from '../support/sdk-2.ts'

const prices = [
  definePrices('list', [{ provider: 'gateway', model: 'openai/gpt-5', input: 1, output: 10 }]),
]
const chargeOf = (attributes: Attributes, more: Partial<SpanLike> = {}): Charge =>
  createCharger({ prices })(plainSpan(attributes, more)) as Charge

const tokens: Attributes = { 'ai.usage.inputTokens': 1000, 'ai.usage.outputTokens': 100 }
const gateway = (cost: unknown, more: Attributes = tokens): Attributes =>
  aiSdkCall('gateway', 'openai/gpt-5', { ...more, ...metadata({ gateway: { cost } }) })

describe('how the call ended', () => {
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
      'the model has no price',
      aiSdkCall('gateway', 'x', detailed),
      {},
      'unpriced',
      'model_without_price',
    ],
    [
      'the model has no price, and the call was refused',
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
  ])('give the same charge once the span is enriched: %s', (_, attributes, more) => {
    const who = {
      userId: 'ada',
      tenantId: 'acme',
      plan: 'pro',
      tags: { feature: 'search', ['__proto__']: 'x' },
    }
    const charger = createCharger({ prices })
    const charge = charger(plainSpan(attributes, more), who) as Charge
    const enriched = { ...attributes }
    writeAttribution(enriched, charge.attribution)
    writeCharge(enriched, charge)
    const exported = JSON.parse(JSON.stringify(enriched)) as Attributes
    expect(charger(plainSpan(exported, more))).toEqual(charge)
  })

  test('a call that is recorded twice stays without a cost', () => {
    const charger = createCharger({ prices })
    const recordedTwice = withoutDuplicate(charger(plainSpan(gateway('0.5'))) as Charge)
    expect(recordedTwice).toMatchObject({ usd: undefined, status: 'unpriced' })
    const enriched = { ...gateway('0.5') }
    writeAttribution(enriched, {})
    writeCharge(enriched, recordedTwice)
    expect(enriched).toMatchObject({ 'cost.reason': 'recorded_twice' })
    expect(charger(plainSpan(enriched))).toEqual(recordedTwice)
  })

  test('a call whose cost another span carries is no charge again', () => {
    const carried = { ...gateway('0.5') }
    writeCarriedElsewhere(carried)
    expect(carried).toEqual({ ...gateway('0.5'), 'cost.reason': 'carried_by_another_span' })
    expect(createCharger({ prices })(plainSpan(carried))).toBeUndefined()
  })

  test('an attribution that is passed decides nothing about duplicates', () => {
    const charger = createCharger({ prices })
    const duplicate = {
      ...gateway('0.5'),
      'cost.status': 'unpriced',
      'cost.reason': 'recorded_twice',
    }
    expect(charger(plainSpan(duplicate), { userId: 'ada' })).toEqual({
      ...charger(plainSpan(duplicate)),
      attribution: { userId: 'ada' },
    })
    expect(charger(plainSpan(duplicate), { userId: 'ada' })?.reason).toBe('recorded_twice')
    const carried = { ...gateway('0.5'), 'cost.reason': 'carried_by_another_span' }
    expect(charger(plainSpan(carried), { userId: 'ada' })).toBeUndefined()
  })

  test('an attribution that is given wins over the one on the span', () => {
    const span = plainSpan({ ...gateway('1'), 'user.id': 'eve' })
    const charger = createCharger({ prices })
    expect(charger(span)?.attribution.userId).toBe('eve')
    expect(charger(span, { userId: 'ada' })?.attribution).toEqual({ userId: 'ada' })
  })
})

describe('a machine that is paid by time', () => {
  const box: PriceSource = {
    version: 'box',
    source: 'override',
    find: () => ({ input: 0, output: 0, durationSecond: 0.002 }),
  }
  const inLongContext: PriceSource = {
    version: 'box',
    source: 'override',
    find: () => ({ input: 1, output: 1, longContext: [{ above: 9, durationSecond: 0.002 }] }),
  }
  const call = aiSdkCall('ollama', 'llama', tokens)
  const start = AT / 1e3
  const costOf = (endTime: unknown, source = box, attributes = call): Charge =>
    createCharger({ prices: [source] })(
      plainSpan(attributes, { endTime: endTime as SpanLike['endTime'] }),
    ) as Charge

  test.each<[string, readonly [number, number], number]>([
    ['a second and a half', [start + 1, 500e6], 1.5],
    ['no time at all', [start, 0], 0],
    ['a nanosecond', [start, 1], 1e-9],
    ['an hour', [start + 3600, 0], 3600],
  ])('costs what a call took: %s', (_, endTime, seconds) => {
    const charge = costOf(endTime)
    expect(charge.durationSeconds).toBeCloseTo(seconds, 12)
    expect(charge.usd).toBeCloseTo(seconds * 0.002, 12)
    expect(charge.status).toBe('priced')
  })

  test.each<[string, unknown]>([
    ['has no end time', undefined],
    ['ends at null', null],
    ['has not ended', [0, 0]],
    ['ended before it started', [start - 1, 0]],
    ['ends at NaN', [NaN, 0]],
    ['ends at Infinity', [Infinity, 0]],
    ['ends at seconds without nanoseconds', [start]],
    ['ends at a number', start + 1],
  ])('has no cost where the span %s', (_, endTime) => {
    for (const source of [box, inLongContext]) {
      expect(costOf(endTime, source)).toMatchObject({
        durationSeconds: undefined,
        usd: undefined,
        status: 'unpriced',
        reason: 'rate_without_price',
      })
    }
    // The time is not needed where tokens are priced.
    expect(chargeOf(gateway(0), { endTime: endTime as SpanLike['endTime'] }).usd).toBe(0.002)
  })

  test('has parts that sum to it, also for a call that answers with no tokens', () => {
    const embedding = {
      ...aiSdkCall('ollama', 'llama', { 'ai.usage.tokens': 7 }),
      'ai.operationId': 'ai.embed.doEmbed',
    }
    const enriched: Attributes = {}
    writeCharge(enriched, costOf([start + 2, 0], box, embedding))
    expect(enriched).toMatchObject({ 'cost.usd': 0.004, 'cost.output_usd': 0.004 })
  })

  test('is timed by the span that the SDK ends', () => {
    const spans = new Recording({ options: { prices: [box] } })
    const from = Date.parse('2026-11-15T00:00:00Z')
    const span = spans.provider
      .getTracer('ai')
      .startSpan('call', { attributes: { ...leaf, ...usage }, startTime: from })
    span.end(from + 2500)
    expect(spans.costOf('call')).toEqual({ usd: 0.005, status: 'priced' })
    expect(spans.charges[0]?.durationSeconds).toBe(2.5)
  })
})

describe('prompts and answers', () => {
  const content = new Set([
    'ai.prompt',
    'ai.prompt.messages',
    'ai.documents',
    'ai.schema',
    'ai.value',
    'ai.values',
    'ai.embedding',
    'ai.embeddings',
    'ai.ranking',
    'ai.response.text',
    'ai.response.object',
    'ai.response.toolCalls',
    'gen_ai.input.messages',
    'gen_ai.output.messages',
  ])

  test('may be dropped before the export: every recorded call has the same charge without them', () => {
    const charge = createCharger()
    let calls = 0
    for (const { scenarios } of loadFixtures()) {
      for (const span of scenarios.flatMap(({ spans }) => spans)) {
        const all: Attributes = { ...span.start, ...span.end }
        const more = {
          status: span.status,
          events: span.events,
          instrumentationScope: { name: span.scope },
        }
        const kept = Object.fromEntries(Object.entries(all).filter(([name]) => !content.has(name)))
        const whole = charge(plainSpan(all, more))
        expect(charge(plainSpan(kept, more))).toEqual(whole)
        if (whole !== undefined && Object.keys(kept).length < Object.keys(all).length) calls++
      }
    }
    expect(calls).toBeGreaterThan(300)
  })
})

describe('a price source that breaks its contract', () => {
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

  test('a list price of NaN is left out beside a reported cost', () => {
    const charge = createCharger({ prices: [source({ input: NaN, output: 1 })] })(
      plainSpan(gateway('0.5')),
    )
    expect(charge).toMatchObject({ usd: 0.5, listed: undefined })
  })
})
