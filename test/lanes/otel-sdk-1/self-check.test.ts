import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base'
import { describeSelfCheck } from '../../support/self-check-suite.ts'

describeSelfCheck('SDK 1', {
  callsOnEnding: false,
  simple: (exporter) => new SimpleSpanProcessor(exporter as never),
  batch: (exporter) => new BatchSpanProcessor(exporter as never),
  register: (spanProcessors, sampler) => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({
        spanProcessors: spanProcessors as never,
        sampler: sampler as never,
      }),
    )
  },
  provider: (spanProcessors) =>
    new BasicTracerProvider({ spanProcessors: spanProcessors as never }),
  samplers: {
    alwaysOff: new AlwaysOffSampler(),
    ratio: (share) => new TraceIdRatioBasedSampler(share),
    parentBased: (root) => new ParentBasedSampler({ root }),
  },
})
