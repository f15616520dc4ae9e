import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CopyingExporter, type CreatePipeline } from '../support/pipeline.ts'

/** `@opentelemetry/sdk-trace-base` 2.x, which calls `onEnding`: an exporter may come first. */
export const createSdk2: CreatePipeline = (processor, order) => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  const exporter = new CopyingExporter()
  const exporting = new SimpleSpanProcessor(exporter)
  const provider = new BasicTracerProvider({
    spanProcessors: order === 'costspan first' ? [processor, exporting] : [exporting, processor],
  })
  return {
    tracer: provider.getTracer('replay'),
    exported: async () => {
      await provider.forceFlush()
      return exporter.spans
    },
    shutdown: () => provider.shutdown(),
  }
}
