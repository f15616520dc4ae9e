import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { recordCosts } from 'costspan/sampling'
import { CopyingExporter, pipelineOf } from '../../support/pipeline.ts'
import { describePipeline } from '../../real-sdks/processors/pipeline-suite.ts'
import { describeSampled } from '../../sampling/sampled-suite.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())

// SDK 1 knows no `onEnding`: costspan has to come before what exports at once.
describePipeline('SDK 1', ['costspan first'], (processor) => {
  const exporter = new CopyingExporter()
  const provider = new BasicTracerProvider()
  provider.addSpanProcessor(processor)
  provider.addSpanProcessor(new SimpleSpanProcessor(exporter))
  return pipelineOf(provider, exporter)
})

describeSampled('SDK 1', (costs, exporter) => {
  const provider = new BasicTracerProvider({ sampler: recordCosts(new AlwaysOffSampler()) })
  provider.addSpanProcessor(costs)
  provider.addSpanProcessor(new SimpleSpanProcessor(exporter))
  return provider.getTracer('ai')
})
