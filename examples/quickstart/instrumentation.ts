import { OpenTelemetry } from '@ai-sdk/otel'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { registerTelemetry } from 'ai'
import { CostSpanProcessor } from 'costspan'

/** Every AI call becomes a span with its cost and its user, sent to an OTLP backend. */
export function startTelemetry(url: string): BasicTracerProvider {
  const exporter = new OTLPTraceExporter({ url })
  const provider = new BasicTracerProvider({
    spanProcessors: [new CostSpanProcessor(), new BatchSpanProcessor(exporter)],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  trace.setGlobalTracerProvider(provider)
  registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))
  return provider
}
