import { OpenTelemetry } from '@ai-sdk/otel'
import { registerOTel } from '@vercel/otel'
import { registerTelemetry } from 'ai'
import { CostSpanProcessor } from 'costspan'
import { enter } from './ledger'

export function register() {
  // For the page. Your backend has it all on the spans, without `onCharge`.
  const costs = new CostSpanProcessor({ onCharge: enter })
  // 'auto' is the exporter that @vercel/otel sets up; without it nothing leaves the process.
  registerOTel({ serviceName: 'example-nextjs', spanProcessors: [costs, 'auto'] })
  registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))
}
