import { OpenTelemetry } from '@ai-sdk/otel'
import { registerOTel } from '@vercel/otel'
import { registerTelemetry } from 'ai'
import { CostSpanProcessor } from 'costspan'

export function register() {
  // 'auto' is the exporter that @vercel/otel sets up; without it nothing leaves the process.
  registerOTel({ serviceName: 'example-nextjs', spanProcessors: [new CostSpanProcessor(), 'auto'] })
  registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))
}
