import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CopyingExporter, pipelineOf } from '../../support/pipeline.ts'
import { describePipeline } from './pipeline-suite.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())

// SDK 2.3 and later call `onEnding`: what exports at once may come first.
describePipeline('SDK 2', ['costspan first', 'costspan last'], (processor, order) => {
  const exporter = new CopyingExporter()
  const exporting = new SimpleSpanProcessor(exporter)
  const provider = new BasicTracerProvider({
    spanProcessors: order === 'costspan first' ? [processor, exporting] : [exporting, processor],
  })
  return pipelineOf(provider, exporter)
})
