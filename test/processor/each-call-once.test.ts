import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { diag, metrics, propagation, ROOT_CONTEXT, trace, type Span } from '@opentelemetry/api'
import { ALLOW_ALL_BAGGAGE_KEYS, BaggageSpanProcessor } from '@opentelemetry/baggage-span-processor'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { catalog, CostSpanProcessor, type Charge } from 'costspan'
import { langfuse } from 'costspan/backends'
import { openLedger, readLedger } from 'costspan/ledger'
import { costMetrics } from 'costspan/metrics'
import fc from 'fast-check'
import { afterAll, expect, test, vi } from 'vitest'
import { CopyingExporter } from '../support/pipeline.ts'
import { genAiLeaf, genAiUsage, leaf, prices, root, tool, usage } from '../support/sdk-2.ts'

vi.setConfig({ testTimeout: 60_000 })

const folder = mkdtempSync(join(tmpdir(), 'costspan-once-'))
const rejections: unknown[] = []
const onRejection = (error: unknown): void => void rejections.push(error)
process.on('unhandledRejection', onRejection)
afterAll(() => {
  rmSync(folder, { recursive: true })
  process.off('unhandledRejection', onRejection)
  diag.disable()
  metrics.disable()
})

const throws = (): never => {
  throw new Error('no')
}
const rejects = (): never => runInNewContext('Promise.reject(new Error("no"))') as never
const nothing = (): never => undefined as never
/** How a part fails; `works` is one way in four. */
const part = fc.constantFrom('works', 'throws', 'rejects', 'nothing' as const)
type Part = 'works' | 'throws' | 'rejects' | 'nothing'
const failing = { throws, rejects, nothing }

const header = fc.dictionary(
  fc.constantFrom(
    'ai.operationId',
    'gen_ai.operation.name',
    'ai.response.model',
    'ai.response.providerMetadata',
    'openinference.span.kind',
    'cost.status',
    'cost.usd',
    'cost.reason',
    'user.id',
    'cost.tag.a',
    'sentry.origin',
  ),
  fc.constantFrom(
    'x',
    '0',
    'chat',
    'priced',
    'carried_by_another_span',
    '{"gateway":{"cost":"0"}}',
  ),
  { maxKeys: 4 },
)

/** The calls below have these values, so that a copy cannot be distinguished from the instrumentation's own value. */
const truth = fc.subarray([
  ['gen_ai.operation.name', 'chat'],
  ['gen_ai.provider.name', 'openai'],
  ['gen_ai.request.model', 'm'],
  ['gen_ai.response.model', 'm'],
] as const)

/** A call, in a tool or not, that ends before or after what is above it, and what it used. */
const call = fc.record({
  isGenAi: fc.boolean(),
  isInTool: fc.boolean(),
  isLate: fc.boolean(),
  used: fc.constantFrom('usage', 'nothing', 'unknown model' as const),
  foreign: fc.constantFrom(
    {},
    { 'cost.usd': 999 },
    { 'cost.status': 'priced', 'cost.fees_usd': 9 },
  ),
})

const world = fc.record({
  meter: part,
  backend: part,
  source: part,
  logger: part,
  ledger: part,
  header,
  truth,
  copies: fc.constantFrom('before', 'after', 'none' as const),
  calls: fc.array(call, { minLength: 1, maxLength: 6 }),
})

function setGlobals(meter: Part, logger: Part): void {
  metrics.disable()
  diag.disable()
  if (meter !== 'works') metrics.setGlobalMeterProvider({ getMeter: failing[meter] })
  const log = logger === 'works' ? (): void => {} : failing[logger]
  diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log })
}

let runs = 0

async function run(given: typeof world extends fc.Arbitrary<infer World> ? World : never) {
  setGlobals(given.meter, given.logger)
  const exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter: exported,
    exportIntervalMillis: 1e9,
  })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const count = costMetrics({ meterProvider })
  const path = join(folder, `${runs++}.ndjson`)
  const ledger = openLedger(path)
  const reported: Charge[] = []
  const source =
    given.source === 'works'
      ? []
      : [{ ...catalog, source: 'override' as const, find: failing[given.source] }]
  const costs = new CostSpanProcessor({
    prices: [...source, ...prices] as never,
    backends: given.backend === 'works' ? [langfuse] : [failing[given.backend], langfuse],
    warnings: 'diag',
    onCharge: (charge) => {
      reported.push(charge)
      count(charge)
      ledger.record(charge)
      // What an application's own code does after it has recorded the charge.
      return given.ledger === 'works' ? undefined : failing[given.ledger]()
    },
  })
  const out = new CopyingExporter()
  const copying = new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS)
  const around = { before: [copying, costs], after: [costs, copying], none: [costs] }[given.copies]
  const provider = new BasicTracerProvider({
    spanProcessors: [...around, new SimpleSpanProcessor(out)],
  })
  const tracer = provider.getTracer('ai')
  const sent = { ...given.header, ...Object.fromEntries(given.truth) }
  const entries = Object.entries(sent).map(([name, value]) => [name, { value }])
  const request = propagation.setBaggage(
    ROOT_CONTEXT,
    propagation.createBaggage(Object.fromEntries(entries) as never),
  )
  const start = (name: string, attributes: object, above?: Span): Span =>
    tracer.startSpan(
      name,
      { attributes: attributes as never },
      above === undefined ? request : trace.setSpan(request, above),
    )
  const agent = start('ai.streamText', root)
  const late: (() => void)[] = []
  for (const { isGenAi, isInTool, isLate, used, foreign } of given.calls) {
    const inside = isInTool ? start('ai.toolCall', tool, agent) : undefined
    const attributes = isGenAi ? genAiLeaf : leaf
    const model =
      used === 'unknown model'
        ? { 'gen_ai.request.model': 'unknown', 'ai.model.id': 'unknown' }
        : {}
    const name = isGenAi
      ? `chat ${used === 'unknown model' ? 'unknown' : 'm'}`
      : 'ai.streamText.doStream'
    const span = start(name, { ...attributes, ...model, ...foreign }, inside ?? agent)
    const amounts = used === 'nothing' ? {} : isGenAi ? genAiUsage : usage
    const finish = (): void => span.setAttributes(amounts).end()
    if (isLate) late.push(finish)
    else finish()
    inside?.end()
  }
  // Copies are made while spans start, answers come in a later turn.
  await Promise.resolve()
  agent.end()
  for (const finish of late) finish()
  await costs.shutdown()
  await reader.forceFlush()
  const points = exported
    .getMetrics()
    .at(-1)
    ?.scopeMetrics.flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === 'costspan.calls')
    .flatMap(({ dataPoints }) => dataPoints.map(({ value }) => Number(value)))
  const counted = (points ?? []).reduce((sum, value) => sum + value, 0)
  await meterProvider.shutdown()
  await ledger.close()
  const lines: Charge[] = []
  for await (const charge of readLedger(path)) lines.push(charge)
  return { reported, lines, counted, spans: out.spans }
}

test('whatever fails, each call is charged once, in span, onCharge, ledger and metrics alike', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const { reported, lines, counted, spans } = await run(given)
      const enriched = spans.filter(({ attributes }) => attributes['cost.status'] !== undefined)
      const identity = ({
        spanId,
        usd,
        status,
      }: {
        spanId: string
        usd?: unknown
        status: unknown
      }) => `${spanId} ${String(usd)} ${String(status)}`
      const onSpans = enriched.map(({ spanId, attributes }) =>
        identity({ spanId, usd: attributes['cost.usd'], status: attributes['cost.status'] }),
      )
      expect(reported).toHaveLength(given.calls.length)
      expect(onSpans.toSorted()).toEqual(reported.map(identity).toSorted())
      expect(lines.map(identity).toSorted()).toEqual(reported.map(identity).toSorted())
      expect(counted).toBe(given.calls.length)
      // No cost comes from a header or from an attribute of another party.
      for (const { usd } of reported) expect([1, undefined]).toContain(usd)
      const work = given.calls.filter(({ used }) => used === 'usage').length
      const priced = reported.filter(({ usd }) => usd === 1).length
      const isKnown = given.source === 'works' || given.source === 'nothing'
      expect(priced).toBe(isKnown ? work : 0)
    }),
    { numRuns: 300, seed: 20261130 },
  )
  await new Promise((resolve) => void setTimeout(resolve, 20))
  expect(rejections).toEqual([])
})
