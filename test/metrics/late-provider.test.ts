import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { costMetrics } from 'costspan/metrics'
import { expect, test, vi } from 'vitest'
import { chargeOf } from '../support/ledger-folder.ts'

// In a file of its own: the timer is one for the whole process.
test('a MeterProvider that is registered after the last call has all of them', async () => {
  vi.useFakeTimers()
  const count = costMetrics()
  for (let call = 0; call < 10; call++) count(chargeOf({ userId: 'ada' }))
  vi.advanceTimersByTime(100_000)
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e8 })
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  vi.advanceTimersByTime(64_000)
  expect(vi.getTimerCount()).toBe(1)
  vi.useRealTimers()
  await reader.forceFlush()
  const found = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics)
    .map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value])
  expect(Object.fromEntries(found)).toMatchObject({ 'costspan.calls': 10, 'costspan.cost': 10 })
  await reader.shutdown()
  metrics.disable()
})
