import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { context, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { createSpanProcessor } from '@traceloop/node-server-sdk'
import { registerOTel } from '@vercel/otel'
import { CostSpanProcessor } from 'costspan'
import { inOrder } from './in-order.mjs'
import { registerAiSdk, work } from './work.mjs'

const theirs = createSpanProcessor({
  apiKey: 'none',
  allowedInstrumentationLibraries: process.env.LIBRARIES?.split(','),
})
const plain = new BatchSpanProcessor(new OTLPTraceExporter({ url: process.env.PLAIN_URL }))
const spanProcessors = inOrder(new CostSpanProcessor(), theirs, plain)
if (process.env.HOST === '@vercel/otel') {
  registerOTel({ serviceName: 'chat', instrumentations: [], spanProcessors })
} else {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }))
}
await registerAiSdk()
await work()
await theirs.shutdown()
await plain.shutdown()
