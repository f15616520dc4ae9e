/** Sentry 11 traces by itself, and takes in what others start through OpenTelemetry's interface. */
import { trace } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import * as Sentry from '@sentry/node'
import { CostSpanProcessor } from 'costspan'
import { dsnOf } from './dsn.mjs'
import { registerAiSdk, work } from './work.mjs'

const charges = []
Sentry.init({
  dsn: dsnOf(process.env.THEIR_URL),
  tracesSampleRate: 1,
  enableOpenTelemetrySetup: true,
})
// Too late: Sentry's own is the one of the process, and takes no processors.
const processor = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })
const isGlobal = trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [processor] }),
)
await registerAiSdk()
await Sentry.startSpan({ name: 'request', op: 'http.server' }, work)
await Sentry.close(2_000)
process.stdout.write(JSON.stringify({ isGlobal, charges: charges.length }))
