import {
  BatchSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type CostSpanProcessorOptions } from '../../../src/index.ts'
import { CostSpanExporter } from '../../../src/exporter/cost-span-exporter.ts'

declare const exporter: SpanExporter

export const processors: SpanProcessor[] = [
  new CostSpanProcessor(),
  new BatchSpanProcessor(new CostSpanExporter(exporter)),
]
export const exporters: SpanExporter[] = [new CostSpanExporter(exporter)]

// @ts-expect-error a processor is no exporter
export const wrongExporter: SpanExporter = new CostSpanProcessor()
// @ts-expect-error an exporter is no processor
export const wrongProcessor: SpanProcessor = new CostSpanExporter(exporter)
// @ts-expect-error an exporter decorates an exporter
export const wrongDecorated = new CostSpanExporter({})
// @ts-expect-error a misspelt option
export const wrongOption: CostSpanProcessorOptions = { price: [] }
