import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AlwaysOffSampler, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { recordCosts } from 'costspan/sampling'
import { CopyingExporter, pipelineOf } from '../../support/pipeline.ts'
import { describePipeline } from '../../real-sdks/processors/pipeline-suite.ts'
import { describeSampled } from '../../sampling/sampled-suite.ts'

// Registered by API 1.10, which the API 1.9 of everybody else then finds; the reverse fails.
context.setGlobalContextManager(new AsyncLocalStorageContextManager())

describePipeline('SDK 3', ['costspan first', 'costspan last'], (processor, order) => {
  const exporter = new CopyingExporter()
  const exporting = new SimpleSpanProcessor({ exporter })
  const provider = new TracerProvider({
    spanProcessors: order === 'costspan first' ? [processor, exporting] : [exporting, processor],
  })
  return pipelineOf(provider, exporter)
})

describeSampled('SDK 3', (costs, exporter) => {
  const provider = new TracerProvider({
    sampler: recordCosts(new AlwaysOffSampler()),
    spanProcessors: [costs, new SimpleSpanProcessor({ exporter })],
  })
  return provider.getTracer('ai')
})
