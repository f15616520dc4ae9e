/** The exporter given beside the processors instead of in one of them. */
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { CostSpanProcessor } from 'costspan'
import { registerAiSdk, work } from './work.mjs'

const sdk = new NodeSDK({
  serviceName: 'chat',
  spanProcessors: [new CostSpanProcessor()],
  traceExporter: new OTLPTraceExporter({ url: process.env.PLAIN_URL }),
})
sdk.start()
await registerAiSdk()
await work()
await sdk.shutdown()
