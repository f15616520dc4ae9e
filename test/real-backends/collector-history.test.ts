import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { shippedQuery } from './collector.ts'
import { startPrometheus, type Prometheus, type Sample } from './prometheus.ts'

const HOUR = 60 * 60 * 1000

/** Dollars an hour, since so many days ago. */
const spenders = [
  { user: 'early', plan: 'pro', usdAnHour: 2, days: 55 },
  { user: 'late', plan: 'free', usdAnHour: 1, days: 10 },
] as const

/** A scrape every half hour, but for five hours around 30 days ago, when Prometheus was away. */
const wasAway = (hoursAgo: number): boolean => Math.abs(hoursAgo - 30 * 24) <= 2.5

function historyUntil(now: number): string {
  const lines = spenders.flatMap(({ user, plan, usdAnHour, days }) =>
    Array.from({ length: days * 48 }, (_, index) => days * 24 - index / 2)
      .filter((hoursAgo) => !wasAway(hoursAgo))
      .map((hoursAgo) => {
        const usd = usdAnHour * (days * 24 - hoursAgo)
        const time = (now - hoursAgo * HOUR) / 1000
        return `cost_usd_total{user_id="${user}",cost_plan="${plan}"} ${usd} ${time}`
      }),
  )
  return ['# TYPE cost_usd counter', ...lines, '# EOF', ''].join('\n')
}

let prometheus: Prometheus
beforeAll(async () => {
  const history = historyUntil(Math.floor(Date.now() / 1000) * 1000)
  prometheus = await startPrometheus(`127.0.0.1:${await freePort()}`, history)
}, 300_000)
afterAll(async () => prometheus?.close(), 60_000)

const by = (samples: readonly Sample[], label: string): Map<string | undefined, number> =>
  new Map(samples.map(({ labels, value }) => [labels[label], value]))

// The newest scrape is half an hour old, and the last one before the gap 30 days and 3 hours.
const earlyUsd = 2 * (30 * 24 + 3 - 0.5)
const lateUsd = 1 * (10 * 24 - 0.5)

test('where Prometheus was away 30 days ago, the sums begin at its last scrape before', async () => {
  const spent = by(await prometheus.query(shippedQuery('top-spenders.promql')), 'user_id')
  expect(spent.size).toBe(2)
  expect(spent.get('early')).toBeCloseTo(earlyUsd, 9)
  expect(spent.get('late')).toBeCloseTo(lateUsd, 9)
})

test('and so do the shares of the plans', async () => {
  const shares = by(await prometheus.query(shippedQuery('free-tier.promql')), 'cost_plan')
  expect(shares.get('free')).toBeCloseTo(lateUsd / (earlyUsd + lateUsd), 9)
  expect(shares.get('pro')).toBeCloseTo(earlyUsd / (earlyUsd + lateUsd), 9)
})
