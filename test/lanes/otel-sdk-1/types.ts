import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanExporter } from '../../../src/exporter/cost-span-exporter.ts'
import { CostSpanProcessor } from '../../../src/index.ts'

declare const exporter: SpanExporter

new BasicTracerProvider().addSpanProcessor(new CostSpanProcessor())
export const processors: SpanProcessor[] = [
  new CostSpanProcessor(),
  new BatchSpanProcessor(new CostSpanExporter(exporter)),
]
export const exporters: SpanExporter[] = [new CostSpanExporter(exporter)]

// @ts-expect-error a processor is no exporter
export const wrongExporter: SpanExporter = new CostSpanProcessor()
// @ts-expect-error an exporter is no processor: if this compiles, the types of SDK 1 are `any`
export const wrongProcessor: SpanProcessor = new CostSpanExporter(exporter)
