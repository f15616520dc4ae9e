import { LangfuseSpanProcessor } from '@langfuse/otel'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { describeNeighbour } from './neighbour-suite.ts'

// It exports a little after `onEnd`, so that order never matters.
describeNeighbour({
  name: '@langfuse/otel in batches',
  create: (baseUrl) =>
    new LangfuseSpanProcessor({ publicKey: 'pk-lf-none', secretKey: 'sk-lf-none', baseUrl }),
  tooEarly: [],
})

describeNeighbour({
  name: '@langfuse/otel span by span',
  create: (origin) =>
    new LangfuseSpanProcessor({
      exportMode: 'immediate',
      exporter: new OTLPTraceExporter({ url: `${origin}/v1/traces`, concurrencyLimit: 1_000 }),
    }),
  tooEarly: [],
  providers: ['openai-chat'],
})
