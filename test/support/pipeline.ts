import type { Tracer } from '@opentelemetry/api'
import type { CostSpanProcessor } from 'costspan'

/** A span as an exporter got it, copied at that moment. */
export interface ExportedSpan {
  name: string
  traceId: string
  spanId: string
  parentSpanId: string | undefined
  startTime: readonly [number, number]
  status: { code: number; message?: string | undefined }
  attributes: Record<string, unknown>
  events: { name: string; attributes?: Record<string, unknown> | undefined }[]
}

/** A tracer provider of some OTel SDK with costspan in it, and what came out at its end. */
export interface Pipeline {
  tracer: Tracer
  exported(): Promise<ExportedSpan[]>
  shutdown(): Promise<void>
}

/** `costspan first`: before the processor that exports; `costspan last`: after it. */
export type Order = 'costspan first' | 'costspan last'

export type CreatePipeline = (processor: CostSpanProcessor, order: Order) => Pipeline

interface ReadableSpan {
  name: string
  startTime: [number, number]
  status: { code: number; message?: string }
  attributes: object
  events: { name: string; attributes?: object }[]
  spanContext(): { traceId: string; spanId: string }
  parentSpanContext?: { spanId: string }
  parentSpanId?: string
}

/**
 * Keeps copies, as an exporter that serialises does: what is written onto a span after it was
 * exported is lost, and a test must see that.
 */
export class CopyingExporter {
  readonly spans: ExportedSpan[] = []

  export(spans: ReadableSpan[], done: (result: { code: 0 }) => void): void {
    for (const span of spans) {
      const { traceId, spanId } = span.spanContext()
      this.spans.push({
        name: span.name,
        traceId,
        spanId,
        parentSpanId: span.parentSpanContext?.spanId ?? span.parentSpanId,
        startTime: [...span.startTime],
        status: { ...span.status },
        attributes: { ...span.attributes },
        events: span.events.map((event) => ({
          name: event.name,
          attributes: { ...event.attributes },
        })),
      })
    }
    done({ code: 0 })
  }

  shutdown(): Promise<void> {
    return Promise.resolve()
  }

  forceFlush(): Promise<void> {
    return Promise.resolve()
  }
}

interface TracerProvider {
  getTracer(name: string): Tracer
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/** A tracer provider whose spans end in that exporter. */
export function pipelineOf(provider: TracerProvider, exporter: CopyingExporter): Pipeline {
  return {
    tracer: provider.getTracer('replay'),
    exported: async () => {
      await provider.forceFlush()
      return exporter.spans
    },
    shutdown: () => provider.shutdown(),
  }
}
