import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { withAttribution } from 'costspan'
import { afterEach, expect, test } from 'vitest'
import { exporter, leaf, metadata, register, span } from '../support/attributed-spans.ts'

afterEach(() => metrics.disable())

test('an unattributed cost is counted, and nothing else', async () => {
  register()
  // Before there is a provider it is kept for it.
  span(leaf)
  const memory = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter: memory,
    exportIntervalMillis: 3_600_000,
  })
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))

  span(leaf)
  span(leaf)
  span({ ...leaf, ...metadata({ userId: 'ada@example.com' }) })
  span({ ...leaf, 'ai.model.id': 'a model without a price' })
  withAttribution({ userId: 'ada' }, () => span(leaf))

  await reader.forceFlush()
  const [metric] = memory.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics[0]?.metrics ?? [])
  expect(metric?.descriptor).toMatchObject({ name: 'costspan.unattributed_cost', unit: '{USD}' })
  const points = metric?.dataPoints.map(({ attributes, value }) => [
    attributes['cost.attribution'],
    value,
  ])
  const usd = exporter.getFinishedSpans()[0]?.attributes['cost.usd'] as number
  expect(points).toEqual([
    ['none', expect.closeTo(3 * usd, 12)],
    ['redacted', expect.closeTo(usd, 12)],
  ])
  await reader.shutdown()
})
