import type { Attributes } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import type { MetricsOptions } from './names.ts'
import { Random, seedOf } from './random.ts'
import { randomCharges } from './random-charges.ts'
import { stable } from './json.ts'
import type { Suite } from './suite.ts'

/** A provider of meters, and what they have counted. */
export class Meters {
  readonly #exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  readonly #reader = new PeriodicExportingMetricReader({
    exporter: this.#exporter,
    exportIntervalMillis: 1e9,
  })
  readonly provider = new MeterProvider({ readers: [this.#reader] })

  /** Each metric of costspan with its unit, its sort, and a value for each set of labels. */
  async counted(): Promise<Record<string, unknown>> {
    this.#exporter.reset()
    await this.#reader.forceFlush()
    const metrics = (this.#exporter.getMetrics().at(-1)?.scopeMetrics ?? []).flatMap(
      (scope) => scope.metrics,
    )
    return Object.fromEntries(
      metrics.map(({ descriptor, dataPoints, ...metric }) => [
        descriptor.name,
        {
          unit: descriptor.unit,
          kind: metric.dataPointType,
          isMonotonic: 'isMonotonic' in metric && metric.isMonotonic,
          points: dataPoints
            .map(({ attributes, value }) => ({ labels: attributes, value }))
            .toSorted((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1)),
        },
      ]),
    )
  }
}

/** Points in the same order, whatever a provider is called in a label. */
function orderOf({ labels, value }: { labels: Attributes; value: unknown }): string {
  return stable([{ ...labels, 'gen_ai.provider.name': '' }, value])
}

const settings: readonly Omit<MetricsOptions, 'meterProvider'>[] = [
  { by: [] },
  { by: ['tenant'] },
  { by: ['user'] },
  { by: ['tenant', 'user'] },
  { by: ['user'], mostSeries: 1 },
  { by: ['tenant', 'user'], mostSeries: 7 },
]

/** The metrics of the same charges, some of which come twice or later with a cost. */
export const metrics: Suite = async (from, { seed, count }, write) => {
  const charges = await randomCharges(from, seed + 2, count / 400)
  for (const [index, options] of settings.entries()) {
    const random = new Random(seedOf(seed, index))
    const meters = new Meters()
    const onCharge = from.costMetrics({ ...options, meterProvider: meters.provider })
    for (let place = 0; place < charges.length; place++) {
      const charge = charges[random.once(9) ? random.below(charges.length) : place]
      if (charge !== undefined) onCharge(charge)
      if (place % 200 === 0) await write(`metrics ${index}, ${place}`, await meters.counted())
    }
    await write(`metrics ${index} | at the end`, await meters.counted())
  }
}
