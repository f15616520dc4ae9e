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
import { costMetrics, type CostMetricsOptions } from 'costspan/metrics'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { loadFixtures } from '../support/fixtures.ts'
import { plainSpan } from '../support/plain-span.ts'
import { leaf, prices, usage } from '../support/sdk-2.ts'

function startMetrics() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e8 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const read = async (name: string): Promise<DataPoint<number>[]> => {
    exporter.reset()
    await reader.forceFlush()
    const found = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap((scope) => scope.metrics)
      .find(({ descriptor }) => descriptor.name === name)
    return (found?.dataPoints ?? []) as DataPoint<number>[]
  }
  return { meterProvider, read }
}

const total = (points: readonly DataPoint<number>[]): number =>
  points.reduce((sum, { value }) => sum + value, 0)

const charge = createCharger({ prices })
const attributes = { ...leaf, ...usage }
const chargeOf = (userId: string, plan?: string, tenantId?: string): Charge => {
  const made = charge(plainSpan(attributes), { userId, plan, tenantId })
  if (made === undefined) throw new Error('no call')
  return made
}

afterEach(() => metrics.disable())

describe('over what every AI SDK recorded', () => {
  test('cost, calls and tokens are the sums of the charges', async () => {
    const { meterProvider, read } = startMetrics()
    const count = costMetrics({ meterProvider, by: ['tenant', 'user'] })
    const priced = createCharger()
    const all: Charge[] = []
    for (const { scenarios } of loadFixtures()) {
      for (const { spans } of scenarios) {
        for (const span of spans) {
          const made = priced(plainSpan({ ...span.start, ...span.end }))
          if (made !== undefined) all.push(made)
        }
      }
    }
    for (const made of all) count(made)
    expect(all.length).toBeGreaterThan(500)
    expect(total(await read('costspan.calls'))).toBe(all.length)
    const usd = all.reduce((sum, made) => sum + (made.usd ?? 0), 0)
    expect(total(await read('costspan.cost'))).toBeCloseTo(usd, 9)
    const unknown = all.filter((made) => made.usd === undefined && made.status !== 'call_failed')
    expect(unknown.length).toBeGreaterThan(0)
    expect(total(await read('costspan.unpriced_calls'))).toBe(unknown.length)
    const tokens = await read('costspan.tokens')
    const kind = (name: string): number =>
      total(tokens.filter((point) => point.attributes['gen_ai.token.type'] === name))
    expect(kind('cache_read')).toBe(
      all.reduce((sum, made) => sum + (made.usage?.cacheRead ?? 0), 0),
    )
    expect(kind('output')).toBe(
      all.reduce(
        (sum, made) => sum + (made.usage?.output ?? 0) + (made.usage?.audioOutput ?? 0),
        0,
      ),
    )
  })
})

describe('labels', () => {
  test('have no attribution but the plan unless tenant and user are asked for', async () => {
    const { meterProvider, read } = startMetrics()
    costMetrics({ meterProvider })(chargeOf('ada', 'pro', 'acme'))
    const [point] = await read('costspan.cost')
    expect(point).toMatchObject({ value: 1 })
    expect(point?.attributes).toEqual({
      'gen_ai.provider.name': 'openai',
      'gen_ai.response.model': 'm',
      'cost.status': 'priced',
      'cost.source': 'override',
      'cost.plan': 'pro',
    })
  })

  test.each([
    ['aws.bedrock', 'aws.bedrock'],
    ['azure.ai.inference', 'azure.ai.inference'],
    ['azure.ai.openai', 'azure.ai.openai'],
    ['gcp.gen_ai', 'gcp.gen_ai'],
    ['gcp.gemini', 'gcp.gemini'],
    ['gcp.vertex_ai', 'gcp.vertex_ai'],
    ['mistral_ai', 'mistral_ai'],
    ['x_ai', 'x_ai'],
    ['openai', 'openai'],
    ['amazon-bedrock', 'aws.bedrock'],
    ['OpenAI', 'openai'],
  ])('call the provider %s by the name that the conventions require', async (onSpan, label) => {
    const { meterProvider, read } = startMetrics()
    const made = charge(
      plainSpan({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': onSpan,
        'gen_ai.request.model': 'm',
        'gen_ai.usage.input_tokens': 1,
        'gen_ai.usage.output_tokens': 1,
      }),
    )
    if (made !== undefined) costMetrics({ meterProvider })(made)
    const [point] = await read('costspan.calls')
    expect(point?.attributes['gen_ai.provider.name']).toBe(label)
  })

  test('never mix users, plans and tenants, whatever their names', async () => {
    const texts = fc.constantFrom(
      'a',
      'b',
      '',
      ',',
      '\n',
      '\u0000',
      '"',
      'a,b',
      '__proto__',
      undefined,
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('u', 'v\n', ','), texts, texts)),
        async (attributions) => {
          const { meterProvider, read } = startMetrics()
          const count = costMetrics({ meterProvider, by: ['tenant', 'user'] })
          const expected = new Map<string, number>()
          for (const [user, plan, tenant] of attributions) {
            count(chargeOf(user, plan, tenant))
            const key = JSON.stringify([user, plan ?? null, tenant ?? null])
            expected.set(key, (expected.get(key) ?? 0) + 1)
          }
          const counted = new Map(
            (await read('costspan.cost')).map(({ attributes: labels, value }) => [
              JSON.stringify([
                labels['user.id'],
                labels['cost.plan'] ?? null,
                labels['tenant.id'] ?? null,
              ]),
              value,
            ]),
          )
          expect(counted).toEqual(expected)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('distinguish users whose ids begin alike, up to the longest id', async () => {
    const { meterProvider, read } = startMetrics()
    const count = costMetrics({ meterProvider, by: ['user'] })
    for (const last of ['a', 'b']) count(chargeOf(`${'u'.repeat(255)}${last}`))
    expect((await read('costspan.cost')).map(({ value }) => value)).toEqual([1, 1])
  })

  test('of more than the limit are counted under other, and none is lost', async () => {
    const { meterProvider, read } = startMetrics()
    const count = costMetrics({ meterProvider, by: ['user'], cardinalityLimit: 100 })
    for (let user = 0; user < 5000; user++) count(chargeOf(`user-${user}`))
    const points = await read('costspan.cost')
    expect(points).toHaveLength(101)
    expect(total(points)).toBe(5000)
    const other = points.find(({ attributes: labels }) => labels['user.id'] === 'other')
    expect(other?.value).toBe(4900)
    expect(points.some((point) => point.attributes['otel.metric.overflow'] === true)).toBe(false)
  })

  test('distinguish a user whose id is other from the label other', async () => {
    const { meterProvider, read } = startMetrics()
    const count = costMetrics({ meterProvider, by: ['tenant', 'user'], cardinalityLimit: 3 })
    for (const user of ['other', "'other'", 'ada', 'ben']) count(chargeOf(user, 'other', 'other'))
    const users = (await read('costspan.cost')).map(({ attributes: labels }) => labels['user.id'])
    expect(users).toEqual(["'other'", "''other''", 'ada', 'other'])
  })

  test('stay bounded whatever comes from outside, providers too, and none is lost', async () => {
    const { meterProvider, read } = startMetrics()
    const count = costMetrics({ meterProvider, by: ['user'], cardinalityLimit: 10 })
    for (let index = 0; index < 3000; index++) {
      const made = charge(
        plainSpan({ ...attributes, 'ai.model.provider': `p${index}`, 'ai.model.id': `m${index}` }),
        { userId: index % 2 === 0 ? `u${index}` : undefined },
      )
      if (made !== undefined) count(made)
    }
    const points = await read('costspan.calls')
    expect(total(points)).toBe(3000)
    expect(points).toHaveLength(10 + 90 + 1)
    expect(points.at(-1)?.attributes).toEqual({
      'gen_ai.provider.name': 'other',
      'gen_ai.response.model': 'other',
      'cost.status': 'unpriced',
      'cost.plan': 'other',
      'user.id': 'other',
    })
  })

  test('by default stay below the SDK’s own limit, also those of tokens', async () => {
    const { meterProvider, read } = startMetrics()
    const count = costMetrics({ meterProvider, by: ['user'] })
    const cached = { 'ai.usage.inputTokenDetails.cacheReadTokens': 1000 }
    for (let user = 0; user < 5000; user++) {
      const made = charge(plainSpan({ ...attributes, ...cached }), {
        userId: `user-${user}`,
        plan: undefined,
        tenantId: undefined,
      })
      if (made !== undefined) count(made)
    }
    const points = await read('costspan.tokens')
    expect(points.some((point) => point.attributes['otel.metric.overflow'] === true)).toBe(false)
    expect(total(points)).toBe(5000 * 1_000_000)
  })
})

test('a processor counts by its onCharge, into a provider that is registered after it', async () => {
  const processor = new CostSpanProcessor({ prices, onCharge: costMetrics() })
  const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('ai')
  tracer.startSpan('before', { attributes }).end()
  const { meterProvider, read } = startMetrics()
  metrics.setGlobalMeterProvider(meterProvider)
  tracer.startSpan('after', { attributes }).end()
  expect(total(await read('costspan.cost'))).toBe(2)
})

test.each<[string, CostMetricsOptions, RegExp]>([
  ['by', { by: 'user' as never }, /^Expected `by` to be a list of tenant and user, got "user"/],
  ['by[0]', { by: ['plan' as never] }, /^Expected `by\[0\]` to be tenant or user, got "plan"/],
  [
    'cardinalityLimit',
    { cardinalityLimit: 0 },
    /^Expected `cardinalityLimit` to be a whole number above 0/,
  ],
  [
    'meterProvider',
    { meterProvider: {} as never },
    /^Expected `meterProvider` to be a MeterProvider/,
  ],
  ['a misspelt option', { maxSeries: 1 } as never, /^Expected `options\.maxSeries` to be one of/],
])('%s is refused', (_, options, message) => {
  expect(() => costMetrics(options)).toThrow(message)
})
