import { recordCall } from 'costspan/record'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Row } from './clickhouse.ts'
import { shippedQuery } from './collector.ts'
import {
  expectSameSums,
  recordDollars,
  ROUND_MODEL,
  startApplication,
  startExporter,
  sumByUser,
  type Application,
  type Spender,
} from './collector-application.ts'
import { lastingMonth } from './collector-month.ts'
import { eventually, startCollectorStack, type CollectorStack } from './collector-stack.ts'
import { expectRow } from '../real-sdks/compatibility/compatibility-table.ts'
import { startPrometheus, type Prometheus, type Sample } from './prometheus.ts'

const DAY = 24 * 60 * 60 * 1000
/** From the first call that is recorded to the last question about its month. */
const TESTS_MILLISECONDS = 300_000

let stack: CollectorStack
let prometheus: Prometheus
beforeAll(async () => {
  stack = await startCollectorStack()
  prometheus = await startPrometheus(stack.collector.prometheus)
}, 1_800_000)
afterAll(async () => {
  try {
    await prometheus?.close()
  } finally {
    await stack?.close()
  }
}, 60_000)

const ask = (query: string): Promise<Row[]> => stack.query(shippedQuery(query))

describe('four customers, of which two spend three times as much since release 1.1.0', () => {
  const ada: Spender = { userId: 'ada', plan: 'pro', tenantId: 'acme' }
  const bob: Spender = { userId: 'bob', plan: 'free' }
  const cleo: Spender = { userId: 'cleo', plan: 'pro' }
  const dora: Spender = { userId: 'dora', plan: 'free' }
  let now: number
  let monthStart: number
  const recorded: { spender: Spender; usd: number; time: number }[] = []
  let before: Application
  let after: Application

  function spend(spender: Spender, usd: number, time: number): void {
    recordDollars(spender, usd, time)
    recorded.push({ spender, usd, time })
  }

  const thisMonth = (of: (spender: Spender) => string): Map<string, number> =>
    sumByUser(
      recorded
        .filter(({ time }) => time >= monthStart)
        .map(({ spender, usd }) => [of(spender), usd]),
    )

  const amounts = (rows: readonly Row[], name: string, value: string): Map<string, number> =>
    sumByUser(rows.map((row) => [row[name], row[value]]))

  const series = (samples: readonly Sample[], label: string): Map<string, number> =>
    sumByUser(samples.map(({ labels, value }) => [labels[label], value]))

  beforeAll(async () => {
    monthStart = await lastingMonth(TESTS_MILLISECONDS)
    now = Date.now()
    const since = now - 2 * DAY
    const { tracesUrl } = stack
    before = startApplication({ tracesUrl, service: 'chat', release: '1.0.0' })
    before.recordHere()
    spend(dora, 100, now - 20 * DAY)
    for (let day = 0; day < 7; day++) {
      for (const spender of [ada, bob, dora]) spend(spender, 1, since - (day + 0.5) * DAY)
    }
    await before.provider.forceFlush()

    after = startApplication({ tracesUrl, service: 'chat', release: '1.1.0' })
    after.recordHere()
    for (const time of [since, now]) {
      spend(ada, 3, time)
      spend(bob, 1, time)
      spend(dora, 3, time)
    }
    spend(cleo, 10, now)
    const late = { startTime: now, endTime: now, provider: 'openai' }
    recordCall({ ...late, model: 'unlisted', usage: { input: 1, output: 1 }, attribution: ada })
    recordCall({ ...late, model: ROUND_MODEL, attribution: bob })
    await after.provider.forceFlush()

    const month = new Date(monthStart).toISOString().slice(0, 10)
    await stack.query(`INSERT INTO revenue VALUES ('tenant', 'acme', '${month}', 15)`)
    await stack.query(
      `INSERT INTO revenue VALUES ('tenant', 'acme', '${month}', 20), ('user', 'idle', '${month}', 9.5)`,
    )
    await stack.waitForRows('charges', before.charges.length + after.charges.length)
  }, TESTS_MILLISECONDS + 60_000)

  test('ClickHouse lists the users by spend this month, and how many calls are missing', async () => {
    const rows = await ask('top-spenders.sql')
    expectSameSums(
      amounts(rows, 'user_id', 'cost_usd'),
      thisMonth(({ userId }) => userId),
    )
    const spent = rows.map((row) => Number(row['cost_usd']))
    expect(spent).toEqual(spent.toSorted((one, other) => other - one))
    const missing = rows.filter((row) => Number(row['calls_without_cost']) === 1)
    expect(new Set(missing.map((row) => row['user_id']))).toEqual(new Set(['ada', 'bob']))
  })

  test('ClickHouse lists what each plan costs, as a share of all cost and of all revenue', async () => {
    const rows = await ask('free-tier.sql')
    const byPlan = thisMonth(({ plan }) => plan)
    const total = [...byPlan.values()].reduce((sum, usd) => sum + usd, 0)
    expectSameSums(amounts(rows, 'plan', 'cost_usd'), byPlan)
    for (const row of rows) {
      const usd = byPlan.get(String(row['plan'])) ?? 0
      expect(row['users']).toBe(2)
      expect(row['usd_per_user']).toBeCloseTo(usd / 2, 9)
      expect(row['share_of_cost']).toBeCloseTo(usd / total, 9)
      expect(row['share_of_revenue']).toBeCloseTo(usd / 29.5, 9)
    }
  })

  test('ClickHouse finds the users whose bill jumped, not those who are new or as before', async () => {
    const rows = await ask('jumped-after-release.sql')
    expect(new Set(rows.map((row) => row['user_id']))).toEqual(new Set(['ada', 'dora']))
    for (const row of rows) {
      expect(row['release']).toBe('1.1.0')
      expect(row['usd_a_day_before']).toBeCloseTo(1, 9)
      expect(row['times']).toBeCloseTo(3, 2)
      expect(row['calls_before']).toBe(7)
    }
  })

  test('ClickHouse sets cost against revenue, also of customers without cost, and of free ones', async () => {
    const rows = await ask('cost-and-revenue.sql')
    const costs = thisMonth(({ tenantId, userId }) => tenantId ?? userId)
    const paid = new Map([...costs.keys(), 'idle'].map((customer) => [customer, 0]))
    paid.set('acme', 20).set('idle', 9.5)
    expectSameSums(amounts(rows, 'customer', 'cost_usd'), new Map([...costs, ['idle', 0]]))
    expectSameSums(amounts(rows, 'customer', 'revenue_usd'), paid)
    expectSameSums(
      amounts(rows, 'customer', 'margin_usd'),
      new Map([...paid].map(([customer, usd]) => [customer, usd - (costs.get(customer) ?? 0)])),
    )
  })

  test('a span that is sent twice is charged once in ClickHouse', async () => {
    const stored = async (from: string): Promise<number> => {
      const [row] = await stack.query(`SELECT toUInt32(count()) AS rows FROM ${from}`)
      return Number(row?.['rows'])
    }
    const [rows, charges] = [await stored('otel_charges'), await stored('charges')]
    const repeated = startApplication({
      tracesUrl: stack.tracesUrl,
      service: 'twice',
      release: '1.0.0',
    })
    repeated.recordHere()
    recordDollars({ userId: 'eve', plan: 'free' }, 4, now - 40 * DAY)
    const exporter = startExporter(stack.tracesUrl)
    await repeated.provider.forceFlush()
    await stack.waitForRows('charges', charges + 1)
    await new Promise((resolve) => exporter.export([...repeated.spans], resolve))
    await stack.waitForRows('otel_charges', rows + 2)
    const [eve] = await stack.query("SELECT sum(usd) AS usd FROM charges WHERE user_id = 'eve'")
    expect(eve).toEqual({ usd: 4 })
  }, 60_000)

  test('Prometheus lists the users by spend, the share of each plan, and the users whose calls cost more', async () => {
    const all = sumByUser(recorded.map(({ spender, usd }) => [spender.userId, usd]))
    await eventually(async () => {
      const spent = series(await prometheus.query(shippedQuery('top-spenders.promql')), 'user_id')
      // The metric counts what arrives, and eve's call has arrived twice.
      expectSameSums(spent, new Map([...all, ['eve', 8]]))
    })
    const shares = series(await prometheus.query(shippedQuery('free-tier.promql')), 'cost_plan')
    const free = (all.get('bob') ?? 0) + (all.get('dora') ?? 0) + 8
    const pro = (all.get('ada') ?? 0) + (all.get('cleo') ?? 0)
    expect(shares.get('free')).toBeCloseTo(free / (free + pro), 9)
    expect(shares.get('pro')).toBeCloseTo(pro / (free + pro), 9)
    const jumped = series(
      await prometheus.query(shippedQuery('jumped-after-release.promql')),
      'user_id',
    )
    // Of ada's three calls since one has no cost.
    expect(jumped).toEqual(new Map([['ada', 3]]))
    const proof = 'the real Collector and Prometheus, `npm run test:backends`'
    const once = 'but for what is sent again'
    expectRow('Prometheus, by the Collector', ['yes', 'yes', 'yes', once, 'not kept', proof])
  }, 60_000)

  test('Prometheus adds up what was counted before and after the Collector was killed', async () => {
    await stack.collector.kill()
    await stack.collector.restart()
    const spentBefore = 13
    after.recordHere()
    spend(ada, 5, now)
    await after.provider.forceFlush()
    await eventually(async () => {
      const spent = series(await prometheus.query(shippedQuery('top-spenders.promql')), 'user_id')
      expect(spent.get('ada')).toBe(spentBefore + 5)
    })
  }, 60_000)
})
