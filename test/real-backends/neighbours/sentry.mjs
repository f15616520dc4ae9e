/** Sentry 11 is beside an OpenTelemetry of your own, the spans of which it receives as OTLP. */
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { context, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import * as Sentry from '@sentry/node'
import { CostSpanProcessor } from 'costspan'
import { dsnOf } from './dsn.mjs'
import { inOrder } from './in-order.mjs'
import { registerAiSdk, work } from './work.mjs'

// Its spans go to the receiver that reads JSON, its own events to the other.
const endpoint = Sentry.getOtlpTracesEndpoint(dsnOf(new URL(process.env.PLAIN_URL).origin))
const exporting = new BatchSpanProcessor(new OTLPTraceExporter(endpoint))
const provider = new BasicTracerProvider({
  spanProcessors: inOrder(new CostSpanProcessor(), exporting),
})
context.setGlobalContextManager(new AsyncLocalStorageContextManager())
trace.setGlobalTracerProvider(provider)
Sentry.init({
  dsn: dsnOf(process.env.THEIR_URL),
  integrations: [Sentry.openTelemetryIntegration()],
})
await registerAiSdk()
await work()
await provider.shutdown()
await Sentry.close(2_000)
