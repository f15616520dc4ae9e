import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor } from 'costspan'
import { inOrder } from './in-order.mjs'
import { registerAiSdk, work } from './work.mjs'

const exporter = new OTLPTraceExporter({ url: process.env.PLAIN_URL })
const sdk = new NodeSDK({
  serviceName: 'chat',
  spanProcessors: inOrder(new CostSpanProcessor(), new BatchSpanProcessor(exporter)),
})
sdk.start()
await registerAiSdk()
await work()
await sdk.shutdown()
