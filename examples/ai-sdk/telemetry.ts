import { OpenTelemetry } from '@ai-sdk/otel'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { registerTelemetry } from 'ai'
import { CostSpanProcessor } from 'costspan'
import { costTelemetry } from 'costspan/ai-sdk'

export const tracing = new BasicTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'chat' }),
  spanProcessors: [new CostSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())],
})
context.setGlobalContextManager(new AsyncLocalStorageContextManager())
trace.setGlobalTracerProvider(tracing)
registerTelemetry(new OpenTelemetry(costTelemetry()))
