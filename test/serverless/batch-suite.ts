import type { Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { flush } from 'costspan/serverless'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startReceiver, type Receiver } from '../loopback/receiver.ts'
import { startSlowWay, type SlowWay } from './slow-way.ts'

/** A batch is sent when it has so many spans, and by time only long after a test has ended. */
export const settings = { maxExportBatchSize: 3, scheduledDelayMillis: 600_000 }

/** The global provider of some SDK, with a batch processor of these {@link settings} before the exporter. */
interface Batching {
  readonly tracer: Tracer
  forceFlush(): Promise<void>
  stop(): Promise<void>
}

export function describeBatches(
  sdk: string,
  register: (exporter: OTLPTraceExporter) => Batching,
): void {
  describe(`a batch processor of ${sdk} in front of a slow receiver`, () => {
    let receiver: Receiver
    let slow: SlowWay
    let exporter: OTLPTraceExporter
    let batching: Batching

    beforeEach(async () => {
      receiver = await startReceiver()
      slow = await startSlowWay(receiver.url, 200)
      exporter = new OTLPTraceExporter({ url: slow.url })
      batching = register(exporter)
    })
    afterEach(async () => {
      await batching.stop()
      await slow.close()
      await receiver.close()
    })

    const end = (count: number): void => {
      for (let i = 0; i < count; i++) batching.tracer.startSpan(`span ${i}`).end()
    }
    /** What a process that is frozen now has delivered. */
    const delivered = (): number => receiver.spans.length

    test('delivers what waits, as forceFlush of its provider does', async () => {
      end(2)

      expect(await flush()).toBe(true)
      expect(delivered()).toBe(2)
    })

    test('forceFlush of its provider loses a batch that is on its way', async () => {
      end(3)
      await batching.forceFlush()

      expect(delivered()).toBe(0)
    })

    test('so does flush where it knows no exporter', async () => {
      end(3)

      expect(await flush()).toBe(true)
      expect(delivered()).toBe(0)
    })

    test('delivers a batch that is on its way, where the exporter is named', async () => {
      end(3)

      expect(await flush({ targets: [exporter] })).toBe(true)
      expect(delivered()).toBe(3)
    })

    test('delivers one on its way and what has come since', async () => {
      end(10)

      expect(await flush({ targets: [exporter] })).toBe(true)
      expect(delivered()).toBe(10)
    })
  })
}
