import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { metrics } from '@opentelemetry/api'
import { openLedger } from 'costspan/ledger'
import { costMetrics, type CostMetricsOptions } from 'costspan/metrics'
import { afterEach, describe, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { end, leaf, Recording, usage } from '../support/sdk-2.ts'
import {
  byUser,
  chargeOf,
  expectSameSums,
  isUnknownCost,
  recordedCharges,
  usdByUser,
  valueOf,
} from './charges.ts'
import type { MetricsSdk, RunningMeterProvider } from './metrics-sdk.ts'
import { scrape, type ScrapedSample } from './prometheus-text.ts'

/** `costMetrics` through the real Prometheus exporter of one SDK. */
export function describeScraped(name: string, sdk: MetricsSdk): void {
  const opened: { shutdown(): Promise<void> }[] = []
  afterEach(async () => {
    metrics.disable()
    await Promise.allSettled(opened.splice(0).map((provider) => provider.shutdown()))
  })

  function open(provider: RunningMeterProvider, options: CostMetricsOptions = { by: ['user'] }) {
    opened.push(provider)
    return costMetrics({ meterProvider: provider, ...options })
  }

  describe(`${name}, scraped by Prometheus`, () => {
    async function samplesOf(port: number, metric: string): Promise<ScrapedSample[]> {
      const { samples } = await scrape(port)
      return samples.filter((sample) => sample.name === metric)
    }

    test('every counter has the documented name and labels', async () => {
      const port = await freePort()
      const count = open(sdk.scraped(port), { by: ['tenant', 'user'] })
      count(chargeOf('ada'))
      count(chargeOf('ada', { 'ai.model.id': 'a model without a price' }))
      const { samples, types } = await scrape(port)
      const names = new Set(samples.map((sample) => sample.name).filter(isOurs))
      expect([...names].toSorted()).toEqual([
        'costspan_calls_total',
        'costspan_cost_total',
        'costspan_tokens_total',
        'costspan_unpriced_calls_total',
      ])
      expect([...names].map((counter) => types.get(counter))).toEqual(Array(4).fill('counter'))
      const cost = samples.find((sample) => sample.name === 'costspan_cost_total')
      expect(cost).toMatchObject({
        value: 1,
        labels: {
          gen_ai_provider_name: 'openai',
          gen_ai_response_model: 'm',
          cost_status: 'priced',
          cost_source: 'override',
          cost_plan: 'pro',
          tenant_id: 'acme',
          user_id: 'ada',
        },
      })
    })

    test('values are those of the charges of everything that any AI SDK recorded', async () => {
      const port = await freePort()
      const count = open(sdk.scraped(port))
      const charges = recordedCharges()
      for (const charge of charges) count(charge)
      expect(charges.length).toBeGreaterThan(500)
      expectSameSums(
        byUser(await samplesOf(port, 'costspan_cost_total'), 'user_id'),
        usdByUser(charges),
      )
      expect(valueOf(await samplesOf(port, 'costspan_calls_total'))).toBe(charges.length)
      expect(valueOf(await samplesOf(port, 'costspan_unpriced_calls_total'))).toBe(
        charges.filter(isUnknownCost).length,
      )
    })

    test('a scrape takes nothing away from the next one', async () => {
      const port = await freePort()
      const count = open(sdk.scraped(port))
      for (const expected of [1, 2, 3]) {
        count(chargeOf('ada'))
        // oxlint-disable-next-line no-await-in-loop -- one scrape after the other
        expect(valueOf(await samplesOf(port, 'costspan_cost_total'))).toBe(expected)
      }
    })

    test('an odd name stays one user', async () => {
      const port = await freePort()
      const count = open(sdk.scraped(port))
      const odd = ['a"b', 'a\\b', 'a\nb', 'a b', '{}', 'ä', '__proto__', ',user_id="ada"', 'a"} 9']
      for (const user of odd) count(chargeOf(user))
      expect(byUser(await samplesOf(port, 'costspan_cost_total'), 'user_id')).toEqual(
        new Map(odd.map((user) => [user, 1])),
      )
    })

    test('5,000 users: those beyond the limit are `other`, the total is exact', async () => {
      const port = await freePort()
      const count = open(sdk.scraped(port))
      for (let user = 0; user < 5000; user++) count(chargeOf(`user-${user}`))
      const { samples } = await scrape(port)
      const cost = samples.filter((sample) => sample.name === 'costspan_cost_total')
      expect(valueOf(cost)).toBe(5000)
      expect(cost).toHaveLength(401)
      expect(byUser(cost, 'user_id').get('other')).toBe(4600)
      expectNoOverflow(samples)
    })

    test('5,000 users of 200 providers with all kinds of token stay below the SDK’s own limit', async () => {
      const port = await freePort()
      const count = open(sdk.scraped(port), { by: ['tenant', 'user'] })
      for (let user = 0; user < 5000; user++) {
        const provider = `provider-${user % 200}`
        const charge = chargeOf(`user-${user}`, { 'ai.model.provider': provider })
        if (charge.usage !== undefined)
          count({ ...charge, usage: { ...charge.usage, ...oneOfEach } })
      }
      const { samples } = await scrape(port)
      expectNoOverflow(samples)
      const tokens = samples.filter((sample) => sample.name === 'costspan_tokens_total')
      expect(valueOf(tokens)).toBe(5000 * 4)
      const calls = samples.filter((sample) => sample.name === 'costspan_calls_total')
      expect(valueOf(calls)).toBe(5000)
      expect(calls).toHaveLength(400 + 90 + 1)
    })

    test('views of the application are respected', async () => {
      const port = await freePort()
      const count = open(sdk.viewed(port))
      for (const user of ['ada', 'ben', 'ada']) count(chargeOf(user))
      const { samples } = await scrape(port)
      const spend = samples.filter((sample) => sample.name === 'team_spend_total')
      expect(spend).toHaveLength(1)
      expect(spend[0]?.value).toBe(3)
      expect(spend[0]?.labels).not.toHaveProperty('user_id')
      expect(samples.map((sample) => sample.name)).not.toContain('costspan_cost_total')
      expect(samples.map((sample) => sample.name)).not.toContain('costspan_tokens_total')
      expect(
        byUser(
          samples.filter((sample) => sample.name === 'costspan_calls_total'),
          'user_id',
        ),
      ).toEqual(
        new Map([
          ['ada', 2],
          ['ben', 1],
        ]),
      )
    })

    test('unattributed costs, and what a ledger had to drop, are counted', async () => {
      const port = await freePort()
      opened.push(sdk.registered(port))
      const recording = new Recording()
      end(recording.start('call', leaf), usage)
      const folder = mkdtempSync(join(tmpdir(), 'costspan-metrics-'))
      try {
        const ledger = openLedger(join(folder, 'ledger.ndjson'), { maxQueueSize: 1 })
        for (const charge of [chargeOf('ada'), chargeOf('ben'), chargeOf('eve')]) {
          ledger.record(charge)
        }
        await ledger.close()
        expect(ledger.lost).toBe(2)
      } finally {
        rmSync(folder, { recursive: true })
      }
      const [unattributed] = await samplesOf(port, 'costspan_unattributed_cost_total')
      expect(unattributed).toMatchObject({ value: 1, labels: { cost_attribution: 'none' } })
      expect(valueOf(await samplesOf(port, 'costspan_lost_charges_total'))).toBe(2)
    })
  })
}

const oneOfEach = { input: 1, cacheRead: 1, cacheWrite5m: 1, output: 1 }

const isOurs = (name: string): boolean => name.startsWith('costspan_')

function expectNoOverflow(samples: readonly ScrapedSample[]): void {
  expect(samples.some(({ labels }) => 'otel_metric_overflow' in labels)).toBe(false)
}
