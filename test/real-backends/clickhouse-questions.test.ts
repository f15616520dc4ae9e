import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startClickHouse, type ClickHouse, type Row } from './clickhouse.ts'
import { EXAMPLE, shippedQuery } from './collector.ts'
import { lastingMonth } from './collector-month.ts'

let clickHouse: ClickHouse
beforeAll(async () => {
  clickHouse = await startClickHouse()
  await clickHouse.execute(join(EXAMPLE, 'schema.sql'))
}, 600_000)
afterAll(async () => clickHouse?.close(), 60_000)
beforeEach(async () => {
  await lastingMonth(10_000)
  await clickHouse.query('TRUNCATE TABLE otel_charges')
  await clickHouse.query('TRUNCATE TABLE revenue')
}, 60_000)

/** Calls of one user at one time, each of so many dollars, or without a cost. */
interface Calls {
  readonly user: string
  readonly tenant?: string
  readonly hoursAgo?: number
  readonly release?: string
  readonly count?: number
  readonly usd?: number
  readonly status?: string
}

/** Rows as the Collector writes them. */
async function store(calls: readonly Calls[]): Promise<void> {
  for (const { user, tenant, hoursAgo = 0, release = '1.0.0', count = 1, usd, status } of calls) {
    const attributes = Object.entries({
      'user.id': user,
      'cost.status': status ?? 'priced',
      ...(tenant !== undefined && { 'tenant.id': tenant }),
      ...(usd !== undefined && { 'cost.usd': String(usd) }),
    }).flat()
    await clickHouse.query(
      `INSERT INTO otel_charges
        (Timestamp, TraceId, SpanId, ServiceName, ResourceAttributes, SpanAttributes)
      SELECT now64(9) - INTERVAL ${Math.round(hoursAgo * 3600)} SECOND, toString(generateUUIDv4(number)),
        toString(number), 'chat', map('service.version', '${release}'), map('${attributes.join("','")}')
      FROM numbers(${count})`,
    )
  }
}

const pay = (kind: string, customer: string, usd: number): Promise<Row[]> =>
  clickHouse.query(
    `INSERT INTO revenue VALUES ('${kind}', '${customer}', toStartOfMonth(now()), ${usd})`,
  )

const ask = (query: string): Promise<Row[]> => clickHouse.query(shippedQuery(query))

/** Columns of the one row that has this value. */
function only(rows: readonly Row[], found: Row, columns: readonly string[]): Row {
  const same = rows.filter((row) => Object.keys(found).every((name) => row[name] === found[name]))
  expect(same).toHaveLength(1)
  return Object.fromEntries(columns.map((name) => [name, same[0]?.[name]]))
}

describe('cost against revenue', () => {
  const columns = ['cost_usd', 'calls_without_cost', 'revenue_usd', 'margin_usd']

  test('a user and a tenant of the same name are two customers', async () => {
    await store([
      { user: 'acme', usd: 2 },
      { user: 'zoe', tenant: 'acme', usd: 5 },
    ])
    await pay('tenant', 'acme', 20)
    const rows = await ask('cost-and-revenue.sql')
    expect(rows).toHaveLength(2)
    const [user, tenant] = ['user', 'tenant'].map((kind) =>
      only(rows, { customer_kind: kind, customer: 'acme' }, columns),
    )
    const known = { calls_without_cost: 0 }
    expect(user).toEqual({ ...known, cost_usd: 2, revenue_usd: 0, margin_usd: -2 })
    expect(tenant).toEqual({ ...known, cost_usd: 5, revenue_usd: 20, margin_usd: 15 })
  })

  test('what only calls of unknown cost is unknown, and what did not call is 0', async () => {
    await store([
      { user: 'una', status: 'unpriced' },
      { user: 'una', status: 'unknown_usage' },
      { user: 'part', status: 'unpriced' },
      { user: 'part', usd: 3 },
      { user: 'refused', status: 'call_failed' },
    ])
    await pay('user', 'una', 4)
    await pay('user', 'idle', 9.5)
    const rows = await ask('cost-and-revenue.sql')
    const of = (customer: string): Row => only(rows, { customer }, columns)
    const unknown = { cost_usd: null, margin_usd: null }
    expect(of('una')).toEqual({ ...unknown, calls_without_cost: 2, revenue_usd: 4 })
    expect(of('part')).toMatchObject({ cost_usd: 3, calls_without_cost: 1, margin_usd: -3 })
    expect(of('refused')).toMatchObject({ cost_usd: 0, calls_without_cost: 0 })
    expect(of('idle')).toMatchObject({ cost_usd: 0, calls_without_cost: 0, margin_usd: 9.5 })
  })

  test('revenue of a day inside a month, and of no kind of customer, is refused', async () => {
    const insert = (row: string): Promise<Row[]> =>
      clickHouse.query(`INSERT INTO revenue VALUES (${row})`)
    await expect(insert("'tenant', 'acme', '2026-11-15', 20")).rejects.toThrow(
      'month_is_its_first_day',
    )
    await expect(insert("'company', 'acme', '2026-11-01', 20")).rejects.toThrow(
      'customer_kind_is_tenant_or_user',
    )
    expect(await clickHouse.query('SELECT * FROM revenue')).toEqual([])
  })
})

test('nothing inexact is 0, and of what has a cost the part that is a bound', async () => {
  await store([
    { user: 'ada', usd: 3 },
    { user: 'bob', usd: 1 },
    { user: 'bob', usd: 0.5, status: 'upper_bound' },
  ])
  const rows = await ask('top-spenders.sql')
  expect(rows.map((row) => [row['user_id'], row['inexact_usd']])).toEqual([
    ['ada', 0],
    ['bob', 0.5],
  ])
})

describe('bills that jumped after a release', () => {
  /** Ten calls a day of each user, for the week that ended two days ago. */
  const weekBefore = (users: readonly string[], calls: Partial<Calls>): Calls[] =>
    [50, 74, 98, 122, 146, 170, 194].flatMap((hoursAgo) =>
      users.map((user) => ({ user, hoursAgo, count: 10, ...calls })),
    )
  /** Release 1.1.0 of two days ago, in which a call of ada costs three times as much. */
  const since = [47.9, 23.9].flatMap((hoursAgo): Calls[] => [
    { user: 'ada', hoursAgo, release: '1.1.0', count: 10, usd: 0.3 },
    { user: 'bob', hoursAgo, release: '1.1.0', count: 10, usd: 0.1 },
  ])
  const jump = { user_id: 'ada', release: '1.1.0', calls_before: 70, calls_since: 20 }

  async function expectAdasJump(query = shippedQuery('jumped-after-release.sql')): Promise<void> {
    const rows = await clickHouse.query(query)
    expect(rows).toEqual([expect.objectContaining(jump)])
    expect(rows[0]?.['usd_a_day_before']).toBeCloseTo(1, 9)
    expect(rows[0]?.['times']).toBeCloseTo((6 / 47.9) * 24, 2)
  }

  test('an early call of a preview does not hide them', async () => {
    await store([...weekBefore(['ada', 'bob'], { usd: 0.1 }), ...since])
    await store([
      { user: 'ada', hoursAgo: 720, count: 20, usd: 0.1 },
      { user: 'ada', hoursAgo: 720, release: '1.1.0', usd: 0.1 },
    ])
    await expectAdasJump()
  })

  test('a preview on a day that had no other calls does not hide them', async () => {
    await store([...weekBefore(['ada', 'bob'], { usd: 0.1 }), ...since])
    await store([
      { user: 'ada', hoursAgo: 264, release: '1.1.0', usd: 0.1 },
      { user: 'ada', hoursAgo: 240, count: 20, usd: 0.1 },
    ])
    await expectAdasJump()
  })

  test('a release of ten minutes ago does not hide those of the one before', async () => {
    await store([...weekBefore(['ada', 'bob'], { usd: 0.1 }), ...since])
    await store([{ user: 'bob', hoursAgo: 1 / 6, release: '1.2.0', count: 5, usd: 0.001 }])
    await expectAdasJump()
  })

  test('a younger release can be named, and what it cost so far counts as a whole day', async () => {
    await store(weekBefore(['ada', 'bob'], { usd: 0.1, release: '1.1.0' }))
    await store([
      { user: 'ada', hoursAgo: 1, release: '1.2.0', count: 10, usd: 0.4 },
      { user: 'bob', hoursAgo: 1, release: '1.2.0', count: 10, usd: 0.05 },
    ])
    const query = shippedQuery('jumped-after-release.sql')
    const named = query.replace("'' AS wanted", "'1.2.0' AS wanted")
    expect(named).not.toBe(query)
    const rows = await clickHouse.query(named)
    expect(rows.map((row) => [row['user_id'], row['release']])).toEqual([['ada', '1.2.0']])
    expect(rows[0]?.['usd_a_day_since']).toBeCloseTo(4, 9)
    expect(await ask('jumped-after-release.sql')).toEqual([])
  })

  test('who had no known cost before has not jumped', async () => {
    await store([...weekBefore(['ada', 'bob'], { usd: 0.1 }), ...since])
    await store(weekBefore(['gus'], { status: 'unpriced' }))
    await store([{ user: 'gus', hoursAgo: 24, release: '1.1.0', count: 10, usd: 1 }])
    await expectAdasJump()
  })
})
