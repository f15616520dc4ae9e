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
import { registerOTel } from '@vercel/otel'
import { describeSelfCheck, type SdkParts } from '../support/self-check-suite.ts'

const sdk2: SdkParts = {
  callsOnEnding: true,
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
}

describeSelfCheck('SDK 2', sdk2)

const { provider: _, ...withoutProvider } = sdk2

describeSelfCheck('@vercel/otel', {
  ...withoutProvider,
  callsOnEnding: false,
  register: (spanProcessors, traceSampler) =>
    registerOTel({
      serviceName: 'app',
      instrumentations: [],
      spanProcessors: spanProcessors as never,
      traceSampler: traceSampler as never,
    }),
})
