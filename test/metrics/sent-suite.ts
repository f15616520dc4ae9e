import { costMetrics } from 'costspan/metrics'
import { afterEach, describe, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { byUser, chargeOf, expectSameSums, recordedCharges, usdByUser, valueOf } from './charges.ts'
import { startMetricsReceiver, type ReceivedPoint } from './metrics-receiver.ts'
import type { MetricsSdk, RunningMeterProvider } from './metrics-sdk.ts'

/** `costMetrics` through the real OTLP exporter of one SDK. */
export function describeSent(name: string, sdk: MetricsSdk): void {
  const opened: { shutdown(): Promise<void> }[] = []
  afterEach(async () => {
    await Promise.allSettled(opened.splice(0).map((provider) => provider.shutdown()))
  })

  function open(provider: RunningMeterProvider) {
    opened.push(provider)
    return costMetrics({ meterProvider: provider, by: ['user'] })
  }

  describe(`${name}, sent by OTLP`, () => {
    const named = (points: readonly ReceivedPoint[] | undefined, metric: string): ReceivedPoint[] =>
      (points ?? []).filter((point) => point.name === metric)

    async function openReceiver(port?: number) {
      const receiver = await startMetricsReceiver(port)
      opened.push({ shutdown: () => receiver.close() })
      return receiver
    }

    /** A flush whose export fails rejects; who exports in the background only logs it. */
    const flush = (provider: RunningMeterProvider): Promise<unknown> =>
      provider.forceFlush().catch((error: unknown) => error)

    test('values are those of the charges, in US dollars, and cumulative', async () => {
      const receiver = await openReceiver()
      const provider = sdk.sent(receiver.url)
      const count = open(provider)
      const charges = recordedCharges()
      for (const charge of charges) count(charge)
      await flush(provider)
      const cost = named(receiver.exports[0], 'costspan.cost')
      expect(new Set(cost.map(({ unit }) => unit))).toEqual(new Set(['{USD}']))
      expectSameSums(byUser(cost, 'user.id'), usdByUser(charges))
      for (const charge of charges) count(charge)
      await flush(provider)
      const doubled = valueOf(named(receiver.exports[1], 'costspan.cost'))
      expect(doubled).toBeCloseTo(2 * valueOf(cost), 9)
      expect(receiver.isCumulative).toBe(true)
    })

    test('an export that the receiver refuses with 503 is made good by the next', async () => {
      const receiver = await openReceiver()
      const provider = sdk.sent(receiver.url)
      const count = open(provider)
      receiver.answers.push({ status: 503 })
      count(chargeOf('ada'))
      await flush(provider)
      expect(receiver.exports).toEqual([])
      count(chargeOf('ben'))
      await flush(provider)
      expect(byUser(named(receiver.exports[0], 'costspan.cost'), 'user.id')).toEqual(
        new Map([
          ['ada', 1],
          ['ben', 1],
        ]),
      )
    })

    test('an export that was taken and answered with 500 is not doubled by the next', async () => {
      const receiver = await openReceiver()
      const provider = sdk.sent(receiver.url)
      const count = open(provider)
      receiver.answers.push({ status: 500, keeps: true })
      count(chargeOf('ada'))
      await flush(provider)
      await flush(provider)
      expect(receiver.exports.map((points) => valueOf(named(points, 'costspan.cost')))).toEqual([
        1, 1,
      ])
    })

    test('a receiver that was down has everything once it is up', async () => {
      const port = await freePort()
      const provider = sdk.sent(`http://127.0.0.1:${port}/v1/metrics`)
      const count = open(provider)
      count(chargeOf('ada'))
      await flush(provider)
      count(chargeOf('ada'))
      const receiver = await openReceiver(port)
      await flush(provider)
      expect(valueOf(named(receiver.exports[0], 'costspan.cost'))).toBe(2)
    })

    test('5,000 users: `other` is sent, the total is exact, and nothing overflows', async () => {
      const receiver = await openReceiver()
      const provider = sdk.sent(receiver.url)
      const count = open(provider)
      for (let user = 0; user < 5000; user++) count(chargeOf(`user-${user}`))
      await flush(provider)
      const [points = []] = receiver.exports
      expect(byUser(named(points, 'costspan.cost'), 'user.id').get('other')).toBe(4600)
      expect(valueOf(named(points, 'costspan.cost'))).toBe(5000)
      expect(valueOf(named(points, 'costspan.tokens'))).toBe(5000 * 1_000_000)
      expect(points.some(({ labels }) => 'otel.metric.overflow' in labels)).toBe(false)
    })
  })
}
