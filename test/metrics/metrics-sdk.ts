import type { MeterProvider } from '@opentelemetry/api'

export interface RunningMeterProvider extends MeterProvider {
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/** One major of OpenTelemetry's SDK for metrics, with its own exporters. */
export interface MetricsSdk {
  /** Prometheus' exporter, which answers at a port. */
  scraped(port: number): RunningMeterProvider
  /** As `scraped`, and the global provider, by the API that belongs to this SDK. */
  registered(port: number): RunningMeterProvider
  /** As `scraped`, with a view that sums cost without `user.id`, as `team.spend`, and drops all tokens. */
  viewed(port: number): RunningMeterProvider
  /** The OTLP exporter, in JSON, which gives up sooner than it would try again; it sends when it is flushed. */
  sent(url: string): RunningMeterProvider
}
