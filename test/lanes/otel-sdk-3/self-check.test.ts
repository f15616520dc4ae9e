import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { describeSelfCheck } from '../../support/self-check-suite.ts'

describeSelfCheck('SDK 3', {
  callsOnEnding: true,
  simple: (exporter) => new SimpleSpanProcessor({ exporter: exporter as never }),
  batch: (exporter) => new BatchSpanProcessor({ exporter: exporter as never }),
  register: (spanProcessors, sampler) => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: spanProcessors as never, sampler: sampler as never }),
    )
  },
  provider: (spanProcessors) => new TracerProvider({ spanProcessors: spanProcessors as never }),
  samplers: {
    alwaysOff: new AlwaysOffSampler(),
    ratio: (share) => new TraceIdRatioBasedSampler(share),
    parentBased: (root) => new ParentBasedSampler({ root }),
  },
})
