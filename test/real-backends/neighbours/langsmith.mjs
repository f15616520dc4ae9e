import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { context, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { registerOTel } from '@vercel/otel'
import { CostSpanProcessor } from 'costspan'
import { LangSmithOTLPTraceExporter } from 'langsmith/experimental/otel/exporter'
import { LangSmithOTLPSpanProcessor } from 'langsmith/experimental/otel/processor'
import { inOrder } from './in-order.mjs'
import { registerAiSdk, work } from './work.mjs'

const theirs = new LangSmithOTLPSpanProcessor(new LangSmithOTLPTraceExporter())
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
// LangSmith's exporter writes onto the spans that the other one has not sent yet.
await theirs.forceFlush()
await plain.forceFlush()
await theirs.shutdown()
await plain.shutdown()
