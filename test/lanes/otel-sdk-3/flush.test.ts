import { trace } from '@opentelemetry/api'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { describeBatches, settings } from '../../serverless/batch-suite.ts'

describeBatches('SDK 3', (exporter) => {
  const provider = new TracerProvider({
    spanProcessors: [new BatchSpanProcessor({ exporter, ...settings })],
  })
  trace.setGlobalTracerProvider(provider)
  return {
    tracer: provider.getTracer('flush'),
    forceFlush: () => provider.forceFlush(),
    stop: async () => {
      trace.disable()
      await provider.shutdown()
    },
  }
})
