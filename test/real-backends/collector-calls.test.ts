import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadFixtures } from '../support/fixtures.ts'
import { replay } from '../support/replay.ts'
import {
  chargedByUser,
  expectSameSums,
  recordDollars,
  startApplication,
  sumByUser,
  type Application,
  type Spender,
} from './collector-application.ts'
import { eventually, startCollectorStack, type CollectorStack } from './collector-stack.ts'
import { startPrometheus, type Prometheus } from './prometheus.ts'

let stack: CollectorStack
let prometheus: Prometheus
beforeAll(async () => {
  stack = await startCollectorStack({ DECISION_WAIT: '2s', SAMPLING_PERCENTAGE: '10' })
  prometheus = await startPrometheus(stack.collector.prometheus)
}, 1_800_000)
afterAll(async () => {
  try {
    await prometheus?.close()
  } finally {
    await stack?.close()
  }
}, 60_000)

interface Decided {
  readonly all: number
  readonly kept: number
}

/** Of how many traces the Collector has decided whether to keep them, since it started. */
async function decidedTraces(): Promise<Decided> {
  const series = (labels: string): Promise<number> =>
    stack.collector.telemetry(
      `otelcol_processor_tail_sampling_global_count_traces_sampled{${labels}}`,
    )
  const kept = await series('decision="sampled",sampled="true"')
  return { kept, all: kept + (await series('decision="not_sampled",sampled="false"')) }
}

function countsOf(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

describe('what every AI SDK recorded, of which a tenth of the traces is kept', () => {
  let application: Application
  const charged = (): Map<string, number> => chargedByUser(application.charges)

  beforeAll(async () => {
    const { tracesUrl } = stack
    application = startApplication({
      tracesUrl,
      service: 'fixtures',
      release: '1.0.0',
      catalog: true,
    })
    for (const { lane, scenarios } of loadFixtures()) {
      const scope = lane === 'ai-7' || lane === 'ai-7-bare' ? 'gen_ai' : 'ai'
      const tracer = application.provider.getTracer(scope)
      for (const scenario of scenarios) replay(tracer, scenario)
      await application.provider.forceFlush()
    }
    const calls = "(SELECT * FROM charges WHERE service = 'fixtures')"
    await stack.waitForRows(calls, application.charges.length)
  }, 120_000)

  test('every call is in ClickHouse, and the sums by user are what was charged', async () => {
    const rows = await stack.query(
      "SELECT user_id, usd, status FROM charges WHERE service = 'fixtures'",
    )
    expect(rows).toHaveLength(application.charges.length)
    expectSameSums(sumByUser(rows.map((row) => [row['user_id'], row['usd']])), charged())
    expect(countsOf(rows.map((row) => String(row['status'])))).toEqual(
      countsOf(application.charges.map(({ status }) => status)),
    )
    const [unnamed] = await stack.query(
      "SELECT toUInt32(count()) AS calls FROM charges WHERE service = 'fixtures' AND model = ''",
    )
    expect(unnamed).toEqual({ calls: 0 })
  })

  test('every call is in the metric', async () => {
    await eventually(async () => {
      const samples = await prometheus.query('cost_usd_total{job="fixtures"}')
      const metric = sumByUser(samples.map(({ labels, value }) => [labels['user_id'], value]))
      expectSameSums(metric, charged())
      const [calls] = await prometheus.query('sum(cost_calls_total{job="fixtures"})')
      expect(calls?.value).toBe(application.charges.length)
    })
  }, 60_000)

  test('of the traces all with an error are kept, and about a tenth of the others', async () => {
    // The Collector has decided of no other trace so far.
    const { traces, tracesWithError } = application
    const kept = new Set<string>()
    await eventually(async () => {
      const decided = await decidedTraces()
      expect(decided.all).toBe(traces.size)
      const rows = await stack.query(
        "SELECT DISTINCT TraceId FROM otel_traces WHERE ServiceName = 'fixtures'",
      )
      for (const row of rows) kept.add(String(row['TraceId']))
      expect(kept.size).toBe(decided.kept)
    })
    expect([...tracesWithError].filter((trace) => !kept.has(trace))).toEqual([])
    const others = traces.size - tracesWithError.size
    const share = (kept.size - tracesWithError.size) / others
    process.stdout.write(
      `${traces.size} traces, ${tracesWithError.size} with an error, ${kept.size} kept; ` +
        `${(share * 100).toFixed(1)} % of those without an error\n`,
    )
    // Six standard deviations either side, of a few hundred traces.
    expect(Math.abs(share - 0.1)).toBeLessThan(6 * Math.sqrt((0.1 * 0.9) / others))
  }, 60_000)

  test('calls of one user that come by many connections at once are all in the metric', async () => {
    const crowd: Spender = { userId: 'crowd', plan: 'pro' }
    // Large requests take longer than small ones, and so end after some that began later.
    const sizes = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? 400 : 1))
    const applications = sizes.map(() =>
      startApplication({ tracesUrl: stack.tracesUrl, service: 'crowd', release: '1.0.0' }),
    )
    for (let round = 0; round < 10; round++) {
      for (const [index, size] of sizes.entries()) {
        applications[index]?.recordHere()
        for (let call = 0; call < size; call++) recordDollars(crowd, 1, Date.now())
      }
      await Promise.all(applications.map(({ provider }) => provider.forceFlush()))
    }
    const calls = applications.reduce((sum, { charges }) => sum + charges.length, 0)
    await eventually(async () => {
      const [spent] = await prometheus.query('sum(cost_usd_total{job="crowd"})')
      expect(spent?.value).toBe(calls)
    })
  }, 120_000)

  test('prompts, answers and error messages are in no charge', async () => {
    const keys = await stack.query(
      'SELECT DISTINCT arrayJoin(mapKeys(SpanAttributes)) AS key FROM otel_charges',
    )
    const content = /prompt(?!_?tokens)|messages|\.text$|object|content|tool|schema|value$|header/iu
    expect(keys.filter(({ key }) => content.test(String(key)))).toEqual([])
    const [messages] = await stack.query(
      `SELECT countIf(StatusMessage != '') AS statuses,
        countIf(arrayExists(event -> mapKeys(event) != ['exception.type'] AND notEmpty(event), Events.Attributes)) AS events
      FROM otel_charges`,
    )
    expect(messages).toEqual({ statuses: 0, events: 0 })
    const kept = await stack.query(
      'SELECT DISTINCT arrayJoin(mapKeys(SpanAttributes)) AS key FROM otel_traces',
    )
    expect(kept.some(({ key }) => content.test(String(key)))).toBe(true)
  })
})
