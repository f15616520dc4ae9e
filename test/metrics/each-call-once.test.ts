import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type DataPoint,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, createCharger, type Charge } from 'costspan'
import { openLedger } from 'costspan/ledger'
import { costMetrics } from 'costspan/metrics'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { chargeOf, ledgerFolder } from '../support/ledger-folder.ts'
import { plainSpan } from '../support/plain-span.ts'
import { leaf, prices, usage } from '../support/sdk-2.ts'

const place = ledgerFolder()

function startMetrics() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e8 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const points = async (name: string): Promise<DataPoint<number>[]> => {
    exporter.reset()
    await reader.forceFlush()
    const found = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap((scope) => scope.metrics)
      .find(({ descriptor }) => descriptor.name === name)
    return (found?.dataPoints ?? []) as DataPoint<number>[]
  }
  const total = async (name: string): Promise<number> =>
    (await points(name)).reduce((sum, { value }) => sum + value, 0)
  const totals = async () => ({
    calls: await total('costspan.calls'),
    usd: await total('costspan.cost'),
    unpriced: await total('costspan.unpriced_calls'),
    unfinished: await total('costspan.given_up_calls'),
  })
  return { meterProvider, total, totals }
}

afterEach(() => {
  metrics.disable()
})

const priced = chargeOf({ userId: 'ada' }, 'ada')
const withoutCost = { usd: undefined, usage: undefined, listed: undefined, source: undefined }
const givenUp: Charge = {
  ...priced,
  ...withoutCost,
  status: 'unknown_usage',
  reason: 'never_ended',
}
const endedWithoutUsage: Charge = { ...givenUp, reason: 'usage_not_reported' }
const other: Charge = { ...priced, spanId: 'tom' }

describe('a call whose span was given up', () => {
  test.each<[string, Charge[], Awaited<ReturnType<ReturnType<typeof startMetrics>['totals']>>]>([
    ['is one call, unfinished', [givenUp], { calls: 1, usd: 0, unpriced: 0, unfinished: 1 }],
    [
      'and is priced later is one call, priced',
      [givenUp, other, priced],
      { calls: 2, usd: 2, unpriced: 0, unfinished: 0 },
    ],
    [
      'and ends later without usage is one call, unpriced',
      [givenUp, endedWithoutUsage],
      { calls: 1, usd: 0, unpriced: 1, unfinished: 0 },
    ],
    [
      'by two processors is one call, once it is priced too',
      [givenUp, givenUp, priced],
      { calls: 1, usd: 1, unpriced: 0, unfinished: 0 },
    ],
    [
      'is not another with the same span id',
      [givenUp, { ...priced, traceId: 'other' }, { ...priced, at: priced.at + 1 }],
      { calls: 3, usd: 2, unpriced: 0, unfinished: 1 },
    ],
  ])('%s', async (_, charges, expected) => {
    const { meterProvider, totals } = startMetrics()
    const count = costMetrics({ meterProvider, by: ['user'] })
    for (const charge of charges) count(charge)
    expect(await totals()).toEqual(expected)
  })

  test('is remembered among the latest 10,000, and those before are unpriced for good', async () => {
    const { meterProvider, totals } = startMetrics()
    const count = costMetrics({ meterProvider })
    for (let call = 0; call < 10_500; call++) count({ ...givenUp, spanId: String(call) })
    expect(await totals()).toEqual({ calls: 10_500, usd: 0, unpriced: 500, unfinished: 10_000 })
    for (let call = 500; call < 10_500; call++) count({ ...priced, spanId: String(call) })
    expect(await totals()).toEqual({ calls: 10_500, usd: 10_000, unpriced: 500, unfinished: 0 })
  })
})

describe('two processors on one provider', () => {
  test('that have the same onCharge count each call once', async () => {
    const { meterProvider, totals } = startMetrics()
    const onCharge = costMetrics({ meterProvider })
    const spanProcessors = [1, 2, 3].map(() => new CostSpanProcessor({ prices, onCharge }))
    const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('ai')
    for (let call = 0; call < 20; call++) {
      tracer.startSpan('call', { attributes: { ...leaf, ...usage } }).end()
    }
    tracer.startSpan('call', { attributes: { ...leaf } }).end()
    expect(await totals()).toEqual({ calls: 21, usd: 20, unpriced: 1, unfinished: 0 })
  })

  test('that have an onCharge each call both', () => {
    const called: string[] = []
    const spanProcessors = ['one', 'two'].map(
      (name) => new CostSpanProcessor({ prices, onCharge: () => void called.push(name) }),
    )
    const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('ai')
    tracer.startSpan('call', { attributes: { ...leaf, ...usage } }).end()
    expect(called).toEqual(['one', 'two'])
  })

  test('count an unattributed cost once', async () => {
    const { meterProvider, total } = startMetrics()
    metrics.setGlobalMeterProvider(meterProvider)
    const spanProcessors = [1, 2].map(() => new CostSpanProcessor({ prices }))
    const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('ai')
    for (let call = 0; call < 5; call++) {
      tracer.startSpan('call', { attributes: { ...leaf, ...usage } }).end()
    }
    expect(await total('costspan.unattributed_cost')).toBe(5)
  })
})

describe('a MeterProvider that is registered late', () => {
  test('has all 15 calls of which 10 were before it', async () => {
    const count = costMetrics({ by: ['user'] })
    for (let call = 0; call < 10; call++) count(chargeOf({ userId: 'ada' }))
    const { meterProvider, totals } = startMetrics()
    metrics.setGlobalMeterProvider(meterProvider)
    for (let call = 0; call < 5; call++) count(chargeOf({ userId: 'ada' }))
    expect(await totals()).toEqual({ calls: 15, usd: 15, unpriced: 0, unfinished: 0 })
  })

  test('has the same labels and sums as one that was there from the start, users beyond the limit too', async () => {
    const [early, late] = [startMetrics(), startMetrics()]
    const atOnce = costMetrics({
      by: ['user'],
      cardinalityLimit: 10,
      meterProvider: early.meterProvider,
    })
    const waits = costMetrics({ by: ['user'], cardinalityLimit: 10 })
    for (let user = 0; user < 2000; user++) {
      atOnce(chargeOf({ userId: `u${user}` }))
      waits(chargeOf({ userId: `u${user}` }))
    }
    metrics.setGlobalMeterProvider(late.meterProvider)
    atOnce(priced)
    waits(priced)
    expect(await late.totals()).toEqual(await early.totals())
    expect(await late.totals()).toMatchObject({ calls: 2001, usd: 2001 })
  })

  test('has what came while another was taken away', async () => {
    const count = costMetrics()
    const [first, second] = [startMetrics(), startMetrics()]
    metrics.setGlobalMeterProvider(first.meterProvider)
    count(priced)
    metrics.disable()
    count(priced)
    metrics.setGlobalMeterProvider(second.meterProvider)
    count(priced)
    expect([await first.total('costspan.cost'), await second.total('costspan.cost')]).toEqual([
      1, 2,
    ])
  })

  test('has the charges that a ledger lost before it', async () => {
    const ledger = openLedger(place.path)
    await ledger.close()
    for (let call = 0; call < 3; call++) ledger.record(priced)
    const { meterProvider, total } = startMetrics()
    metrics.setGlobalMeterProvider(meterProvider)
    ledger.record(priced)
    expect([ledger.lost, await total('costspan.lost_charges')]).toEqual([4, 4])
  })

  test('keeps no process alive, and holds no more for a million calls than for a thousand', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const count = costMetrics()
    const charge = createCharger({ prices })(plainSpan({ ...leaf, ...usage }))
    if (charge === undefined) throw new Error('no call')
    for (let call = 0; call < 100_000; call++) count(charge)
    expect(timers.mock.calls.length).toBeLessThanOrEqual(1)
    for (const { value } of timers.mock.results)
      expect((value as NodeJS.Timeout).hasRef()).toBe(false)
    timers.mockRestore()
    const { meterProvider, total } = startMetrics()
    metrics.setGlobalMeterProvider(meterProvider)
    count(charge)
    expect(await total('costspan.calls')).toBe(100_001)
  })
})

test('a real call that is given up, and ends after all, is one call', async () => {
  const { meterProvider, totals } = startMetrics()
  const processor = new CostSpanProcessor({ prices, onCharge: costMetrics({ meterProvider }) })
  const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('ai')
  const span = tracer.startSpan('call', { attributes: leaf })
  await processor.shutdown()
  expect(await totals()).toEqual({ calls: 1, usd: 0, unpriced: 0, unfinished: 1 })
  span.setAttributes(usage).end()
  expect(await totals()).toEqual({ calls: 1, usd: 1, unpriced: 0, unfinished: 0 })
})
