/** Sentry 10 sets up OpenTelemetry itself, and takes processors. */
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import * as Sentry from '@sentry/node'
import { CostSpanProcessor } from 'costspan'
import { dsnOf } from './dsn.mjs'
import { inOrder } from './in-order.mjs'
import { registerAiSdk, work } from './work.mjs'

const withoutItsOwnAiSpans = (defaults) => defaults.filter(({ name }) => name !== 'VercelAI')
const plain = new BatchSpanProcessor(new OTLPTraceExporter({ url: process.env.PLAIN_URL }))
Sentry.init({
  dsn: dsnOf(process.env.THEIR_URL),
  tracesSampleRate: Number(process.env.SAMPLE_RATE ?? 1),
  openTelemetrySpanProcessors: inOrder(new CostSpanProcessor(), plain),
  ...(process.env.AI_SPANS === 'of the AI SDK' && { integrations: withoutItsOwnAiSpans }),
})
if (process.env.AI_SPANS !== 'of Sentry') await registerAiSdk()
// Without a request around them, Sentry's spans of a stream are in another trace than the AI SDK's.
if (process.env.REQUEST === 'none') await work()
else await Sentry.startSpan({ name: 'request', op: 'http.server' }, work)
await plain.forceFlush()
await Sentry.close(2_000)
