/** Traceloop sets up OpenTelemetry itself; its own processor comes before the one that it is given. */
import { initialize, forceFlush } from '@traceloop/node-server-sdk'
import { CostSpanProcessor } from 'costspan'
import { registerAiSdk, work } from './work.mjs'

initialize({
  appName: 'chat',
  apiKey: 'none',
  disableBatch: process.env.BATCH === 'none',
  silenceInitializationMessage: true,
  processor: new CostSpanProcessor(),
})
await registerAiSdk()
await work()
await forceFlush()
