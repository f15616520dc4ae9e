import { recordCall } from 'costspan/record'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector, type Collector } from './collector.ts'
import {
  chargedByUser,
  expectSameSums,
  startApplication,
  sumByUser,
  type Application,
} from './collector-application.ts'
import { startCollectorStack, type CollectorStack } from './collector-stack.ts'

const SPANS_A_SECOND = 200
const OUTAGE_MILLISECONDS = 60_000

let gateway: CollectorStack
let agent: Collector
beforeAll(async () => {
  gateway = await startCollectorStack()
  agent = await startCollector('agent.yaml', { GATEWAY_ENDPOINT: gateway.collector.endpoint })
}, 1_800_000)
afterAll(async () => {
  try {
    await agent?.close()
  } finally {
    await gateway?.close()
  }
}, 60_000)

const models = [
  ['openai', 'gpt-4o-mini'],
  ['openai', 'gpt-5'],
  ['anthropic', 'claude-haiku-4-5'],
  ['google', 'gemini-2.5-flash'],
] as const

/** Numbers that are no round sums, of twenty users. */
function recordOne(call: number): void {
  const [provider, model] = models[call % models.length] ?? models[0]
  recordCall({
    provider,
    model,
    usage: { input: 100 + (call % 1009), output: 10 + (call % 307) },
    attribution: { userId: `user-${call % 20}`, plan: call % 3 === 0 ? 'pro' : 'free' },
  })
}

/** Calls at a steady rate until it is stopped, which returns how many there were. */
function startLoad(application: Application): () => number {
  application.recordHere()
  const started = performance.now()
  let calls = 0
  const timer = setInterval(() => {
    const due = ((performance.now() - started) / 1000) * SPANS_A_SECOND
    while (calls < due) recordOne(calls++)
  }, 20)
  return () => {
    clearInterval(timer)
    return calls
  }
}

/** How many requests wait in a queue on disk. */
const queued = (collector: Collector, exporter: string): Promise<number> =>
  collector.telemetry(`otelcol_exporter_queue_size{data_type="traces",exporter="${exporter}"}`)

test('a Collector is away for a minute, killed with what it had accepted, the one before it is killed meanwhile, and so is ClickHouse: every call is charged once', async () => {
  const application = startApplication({
    tracesUrl: `${agent.endpoint}/v1/traces`,
    service: 'load',
    release: '1.0.0',
    catalog: true,
  })
  const stopLoad = startLoad(application)
  await sleep(4_000)

  await gateway.clickHouse.kill()
  await sleep(4_000)
  const acceptedOnly = await queued(gateway.collector, 'clickhouse/charges')
  await gateway.collector.kill()
  const outageStart = Date.now()

  await sleep(OUTAGE_MILLISECONDS / 2)
  const keptByAgent = await queued(agent, 'otlp_http')
  await agent.kill()
  await agent.restart()

  await sleep(OUTAGE_MILLISECONDS - (Date.now() - outageStart))
  await gateway.collector.restart()
  const outage = Date.now() - outageStart
  await gateway.clickHouse.restart()
  await sleep(3_000)
  const calls = stopLoad()
  await application.provider.forceFlush()

  expect(acceptedOnly).toBeGreaterThan(0)
  expect(keptByAgent).toBeGreaterThan(0)
  expect(application.charges).toHaveLength(calls)
  await gateway.waitForRows('charges', calls, 90_000)
  const rows = await gateway.query('SELECT user_id, sum(usd) AS usd FROM charges GROUP BY user_id')
  expectSameSums(
    sumByUser(rows.map((row) => [row['user_id'], row['usd']])),
    chargedByUser(application.charges),
  )
  const [counted] = await gateway.query(
    'SELECT toUInt32(count()) AS calls, toUInt32((SELECT count() FROM otel_charges)) AS stored FROM charges',
  )
  process.stdout.write(
    `${calls} calls, the Collector away for ${(outage / 1000).toFixed(1)} s; it was killed with ` +
      `${acceptedOnly} requests in its queue, the agent with ${keptByAgent}; rows ${JSON.stringify(counted)}\n`,
  )
  expect(counted?.['calls']).toBe(calls)
}, 300_000)
