import {
  isOpenInferenceSpan,
  OpenInferenceBatchSpanProcessor,
  OpenInferenceSimpleSpanProcessor,
} from '@arizeai/openinference-vercel'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { describeNeighbour } from './neighbour-suite.ts'

const exporterTo = (origin: string): OTLPTraceExporter =>
  // Span by span it drops what exceeds 30 requests at a time; that is not what is tested here.
  new OTLPTraceExporter({ url: `${origin}/v1/traces`, concurrencyLimit: 1_000 })

describeNeighbour({
  name: '@arizeai/openinference-vercel in batches',
  create: (origin) => new OpenInferenceBatchSpanProcessor({ exporter: exporterTo(origin) }),
  tooEarly: [],
})

describeNeighbour({
  name: '@arizeai/openinference-vercel with its filter',
  create: (origin) =>
    new OpenInferenceBatchSpanProcessor({
      exporter: exporterTo(origin),
      spanFilter: isOpenInferenceSpan,
    }),
  tooEarly: [],
  providers: ['openai-chat'],
})

describeNeighbour({
  name: '@arizeai/openinference-vercel span by span',
  create: (origin) => new OpenInferenceSimpleSpanProcessor({ exporter: exporterTo(origin) }),
  tooEarly: ['@vercel/otel, costspan last'],
  providers: ['openai-chat'],
})
