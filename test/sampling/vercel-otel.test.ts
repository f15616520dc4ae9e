import { context, metrics, propagation, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace-base'
import { registerOTel } from '@vercel/otel'
import { CostSpanProcessor, withAttribution, type Charge } from 'costspan'
import { costMetrics } from 'costspan/metrics'
import { recordCosts } from 'costspan/sampling'
import { afterEach, describe, expect, test } from 'vitest'
import { startProvider } from '../loopback/provider.ts'
import { lanes } from '../recorder/ai-sdks/index.ts'
import { openSession } from '../recorder/ai-sdks/session.ts'
import { spoken } from '../recorder/scenarios/ingredients.ts'
import { CopyingExporter } from '../support/pipeline.ts'
import { leaf, prices, root, usage } from '../support/sdk-2.ts'

/** Next.js's set-up, with nothing but the sampler changed. */
function register(sampler: Sampler, priced: object = { prices }) {
  const charges: Charge[] = []
  const exporter = new CopyingExporter()
  const exporting = new BatchSpanProcessor(exporter, { maxQueueSize: 100_000 })
  const memory = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: memory, exportIntervalMillis: 1e8 })
  const count = costMetrics({ meterProvider: new MeterProvider({ readers: [reader] }) })
  const onCharge = (charge: Charge): void => {
    charges.push(charge)
    count(charge)
  }
  registerOTel({
    serviceName: 'chat',
    instrumentations: [],
    traceSampler: recordCosts(sampler),
    spanProcessors: [new CostSpanProcessor({ ...priced, onCharge }), exporting],
  })
  return {
    charges,
    exported: async () => {
      await exporting.forceFlush()
      return exporter.spans
    },
    metered: async () => {
      await reader.forceFlush()
      const metric = memory
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
        .find(({ descriptor }) => descriptor.name === 'costspan.cost')
      return (metric?.dataPoints ?? []).reduce((sum, { value }) => sum + Number(value), 0)
    },
  }
}

afterEach(() => {
  trace.disable()
  context.disable()
  propagation.disable()
  metrics.disable()
})

/** A request with a generation of one call, as its headers say. */
function serve(request: number, headers: Record<string, string> = {}): void {
  const tracer = trace.getTracer('ai')
  const from = propagation.extract(ROOT_CONTEXT, headers)
  const http = tracer.startSpan('POST /chat', {}, from)
  context.with(trace.setSpan(from, http), () =>
    withAttribution({ userId: `user-${request % 50}` }, () => {
      const agent = tracer.startSpan('ai.streamText', { attributes: root })
      const inAgent = trace.setSpan(context.active(), agent)
      const call = tracer.startSpan('ai.streamText.doStream', { attributes: leaf }, inAgent)
      call.setAttributes(usage)
      for (const span of [call, agent, http]) span.end()
    }),
  )
}

const callsOf = (spans: readonly { name: string }[]): number =>
  spans.filter(({ name }) => name === 'ai.streamText.doStream').length

/** Of so many that a share of `ratio` is off by more than five standard deviations once in two million runs. */
const REQUESTS = 10_000

const ratios: [string, number, () => Sampler][] = [
  ['0 %', 0, () => new AlwaysOffSampler()],
  ['1 %', 0.01, () => new TraceIdRatioBasedSampler(0.01)],
  ['10 %', 0.1, () => new TraceIdRatioBasedSampler(0.1)],
  ['100 %', 1, () => new AlwaysOnSampler()],
  [
    'parent-based 10 %',
    0.1,
    () => new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.1) }),
  ],
]

describe(
  'of 10,000 requests in @vercel/otel every call is charged and metered',
  { timeout: 30_000 },
  () => {
    test.each(ratios)('and %s exported', async (_, ratio, create) => {
      const { charges, exported, metered } = register(create())
      for (let request = 0; request < REQUESTS; request++) serve(request)
      expect(charges).toHaveLength(REQUESTS)
      expect(new Set(charges.map(({ attribution }) => attribution.userId)).size).toBe(50)
      expect(await metered()).toBe(REQUESTS)
      const deviation = Math.sqrt(REQUESTS * ratio * (1 - ratio))
      const count = callsOf(await exported())
      expect(Math.abs(count - REQUESTS * ratio)).toBeLessThanOrEqual(5 * deviation)
    })
  },
)

describe('parent-based, a caller cannot call for free', () => {
  const parentBased = (): Sampler => new ParentBasedSampler({ root: new AlwaysOnSampler() })
  const traceparent = (flags: TraceFlags): string =>
    `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0${flags}`

  test.each([
    ['that did not sample (traceparent …-00): charged, not exported', TraceFlags.NONE, 0],
    ['that sampled (traceparent …-01): charged, exported', TraceFlags.SAMPLED, 1],
  ])('%s', async (_, flags, calls) => {
    const { charges, exported } = register(parentBased())
    serve(1, { traceparent: traceparent(flags) })
    expect(charges.map(({ usd, attribution }) => [usd, attribution.userId])).toEqual([
      [1, 'user-1'],
    ])
    expect(charges[0]?.traceId).toBe('0af7651916cd43dd8448eb211c80319c')
    expect(callsOf(await exported())).toBe(calls)
  })
})

test('the real AI SDK, streaming, at 0 %: charged what the provider bills, and nothing exported', async () => {
  const { charges, exported } = register(new AlwaysOffSampler(), {})
  const provider = await startProvider({ reply: () => spoken })
  try {
    const session = await openSession(lanes['ai-6'], {
      provider: 'openai-chat',
      url: provider.url,
      model: 'gpt-4o',
      who: { userId: 'ada' },
      attribute: undefined,
    })
    await session.streamText({ prompt: 'Hello' })
    await expect.poll(() => charges.length).toBe(1)
    expect(charges[0]).toMatchObject({ usd: provider.calls[0]?.usd, status: 'priced' })
    expect(charges[0]?.attribution.userId).toBe('ada')
    expect(await exported()).toEqual([])
  } finally {
    await provider.close()
  }
})
