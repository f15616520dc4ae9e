import { trace } from '@opentelemetry/api'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { registerOTel } from '@vercel/otel'
import { CopyingExporter, type CreatePipeline } from '../../support/pipeline.ts'
import { describePipeline } from './pipeline-suite.ts'

/** Registers globally: the second order takes the place of the first. */
const createVercelOtel: CreatePipeline = (processor, order) => {
  trace.disable()
  const exporter = new CopyingExporter()
  const exporting = new BatchSpanProcessor(exporter)
  registerOTel({
    serviceName: 'replay',
    instrumentations: [],
    spanProcessors: order === 'costspan first' ? [processor, exporting] : [exporting, processor],
  })
  return {
    tracer: trace.getTracer('replay'),
    exported: async () => {
      await exporting.forceFlush()
      return exporter.spans
    },
    shutdown: () => exporting.shutdown(),
  }
}

// It never calls `onEnding`; what it exports leaves in batches, after every `onEnd`.
describePipeline('@vercel/otel', ['costspan first', 'costspan last'], createVercelOtel)
