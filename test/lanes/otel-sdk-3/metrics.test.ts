import { metrics } from '@opentelemetry/api'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import {
  AggregationType,
  createDenyListAttributesProcessor,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import type { MetricsSdk } from '../../metrics/metrics-sdk.ts'
import { describeScraped } from '../../metrics/scraped-suite.ts'
import { describeSent } from '../../metrics/sent-suite.ts'

function scraped(port: number): MeterProvider {
  return new MeterProvider({ readers: [new PrometheusExporter({ host: '127.0.0.1', port })] })
}

const sdk: MetricsSdk = {
  scraped,
  registered: (port) => {
    const provider = scraped(port)
    metrics.setGlobalMeterProvider(provider)
    return provider
  },
  viewed: (port) =>
    new MeterProvider({
      readers: [new PrometheusExporter({ host: '127.0.0.1', port })],
      views: [
        {
          instrumentName: 'costspan.cost',
          name: 'team.spend',
          attributesProcessors: [createDenyListAttributesProcessor(['user.id'])],
        },
        { instrumentName: 'costspan.tokens', aggregation: { type: AggregationType.DROP } },
      ],
    }),
  sent: (url) =>
    new MeterProvider({
      readers: [
        new PeriodicExportingMetricReader({
          exporter: new OTLPMetricExporter({ url, timeoutMillis: 500 }),
          exportIntervalMillis: 3_600_000,
        }),
      ],
    }),
}

describeScraped('sdk-metrics 3', sdk)
describeSent('sdk-metrics 3', sdk)
