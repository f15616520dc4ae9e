import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution, type Charge } from '../../src/index.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { costMetrics } from '../../src/metrics/cost-metrics.ts'
import { definePrices } from '../../src/price/define-prices.ts'

/**
 * Calls of 100,000 users through processor, metrics and ledger, by real spans. Run with `--expose-gc`:
 * a path, how many calls after the first 200,000, and `leak` to hold something of each.
 */
const [path = '', more = '', leak = ''] = process.argv.slice(2)
const WARM_UP = 200_000
const USERS = 100_000
/** An application gives way to others between its requests. */
const CALLS_A_TURN = 100

const collectGarbage = (globalThis as { gc?: () => void }).gc
if (collectGarbage === undefined) throw new Error('run with --expose-gc')
context.setGlobalContextManager(new AsyncLocalStorageContextManager())

const root = { 'ai.operationId': 'ai.streamText' }
const leaf = {
  'ai.operationId': 'ai.streamText.doStream',
  'ai.model.provider': 'openai.chat',
  'ai.model.id': 'm',
}
/** A dollar for a million tokens. */
const prices = [definePrices('1', [{ provider: 'openai', model: 'm', input: 1, output: 1 }])]
const usersBefore = Array.from({ length: USERS }, (_, user) => `user-${user}`)
const leaked: object[] = []
let tokens = 0

function tracerOf(...spanProcessors: SpanProcessor[]) {
  return new BasicTracerProvider({ spanProcessors }).getTracer('ai')
}

async function serve(tracer: ReturnType<typeof tracerOf>, calls: number): Promise<number> {
  const start = performance.now()
  for (let call = 0; call < calls; call++) {
    const input = 1000 + (call % 977)
    const output = 100 + (call % 89)
    tokens += input + output
    withAttribution({ userId: usersBefore[call % USERS] ?? '', plan: 'pro' }, () => {
      const agent = tracer.startSpan('ai.streamText', { attributes: root }, ROOT_CONTEXT)
      const inAgent = trace.setSpan(context.active(), agent)
      const span = tracer.startSpan('ai.streamText.doStream', { attributes: leaf }, inAgent)
      span.setAttributes({ 'ai.usage.inputTokens': input, 'ai.usage.outputTokens': output })
      span.end()
      agent.end()
    })
    if (leak !== '') leaked.push({ call })
    // oxlint-disable-next-line no-await-in-loop -- that is what it is for
    if (call % CALLS_A_TURN === 0) await nextTurn()
  }
  return performance.now() - start
}

async function heap(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    collectGarbage?.()
    // oxlint-disable-next-line no-await-in-loop -- finalizers run in between
    await sleep(20)
  }
  return process.memoryUsage().heapUsed
}

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e8 })
const count = costMetrics({ meterProvider: new MeterProvider({ readers: [reader] }), by: ['user'] })
const ledger = openLedger(path)
const charged = tracerOf(
  new CostSpanProcessor({
    prices,
    onCharge: (charge: Charge) => {
      count(charge)
      ledger.record(charge)
    },
  }),
)

/** Its spans alone, for comparison: a processor that does nothing has the SDK make them. */
const alone = tracerOf({
  onStart: () => {},
  onEnd: () => {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
})
await serve(alone, WARM_UP)
const aloneMilliseconds = await serve(alone, WARM_UP)

tokens = 0
await serve(charged, WARM_UP)
await ledger.flush()
const before = await heap()
const calls = Number(more)
const milliseconds = await serve(charged, calls)
const flushedAt = performance.now()
await ledger.flush()
const flushMilliseconds = performance.now() - flushedAt
const after = await heap()
await ledger.close()
await reader.forceFlush()

const points = exporter
  .getMetrics()
  .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
const total = (name: string): number =>
  points
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }) => dataPoints as readonly { value: unknown }[])
    .reduce((sum, { value }) => sum + Number(value), 0)

process.stdout.write(
  JSON.stringify({
    calls: WARM_UP + calls,
    callsPerSecond: (calls / milliseconds) * 1000,
    nanosecondsPerCall: (milliseconds * 1e6) / calls,
    nanosecondsOfSpansAlone: (aloneMilliseconds * 1e6) / WARM_UP,
    flushMilliseconds,
    heapAfterWarmUp: before,
    heapAtEnd: after,
    grownBytesPerCall: (after - before) / calls,
    /** Of money no fraction is lost: a token is a millionth of a dollar. */
    billedUsd: tokens / 1e6,
    meteredUsd: total('costspan.cost'),
    meteredCalls: total('costspan.calls'),
    lost: ledger.lost,
    leaked: leaked.length,
  }),
)
await reader.shutdown()
