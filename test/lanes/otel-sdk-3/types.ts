import {
  BatchSpanProcessor,
  TracerProvider,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace'
import { CostSpanExporter } from '../../../src/exporter/cost-span-exporter.ts'
import { CostSpanProcessor } from '../../../src/index.ts'

declare const exporter: SpanExporter

export const provider = new TracerProvider({ spanProcessors: [new CostSpanProcessor()] })
export const processors: SpanProcessor[] = [
  new CostSpanProcessor(),
  new BatchSpanProcessor({ exporter: new CostSpanExporter(exporter) }),
]
export const exporters: SpanExporter[] = [new CostSpanExporter(exporter)]

// @ts-expect-error a processor is no exporter
export const wrongExporter: SpanExporter = new CostSpanProcessor()
// @ts-expect-error an exporter is no processor: if this compiles, the types of SDK 3 are `any`
export const wrongProcessor: SpanProcessor = new CostSpanExporter(exporter)
