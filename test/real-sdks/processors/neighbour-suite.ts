import { context, trace, type Tracer } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { registerOTel } from '@vercel/otel'
import { CostSpanProcessor } from 'costspan'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startReceiver, type ReceivedSpan, type Receiver } from '../../loopback/receiver.ts'
import { loadFixtures, type Fixture, type RecordedScenario } from '../../support/fixtures.ts'
import { expectRightRollups, expectRightSum, expectRightUsers } from '../../support/laws.ts'
import type { ExportedSpan, Order } from '../../support/pipeline.ts'
import { replay } from '../../support/replay.ts'

/** `SDK 2` calls `onEnding`, `@vercel/otel` never does. */
export type Host = 'SDK 2' | '@vercel/otel'

/** The place of costspan among the processors, and their host. */
export type Place = `${Host}, ${Order}`

export interface Neighbour {
  readonly name: string
  /** Its processor, which sends OTLP to that origin. */
  readonly create: (origin: string) => SpanProcessor
  /** Where it takes a span as it is before costspan has written. */
  readonly tooEarly: readonly Place[]
  /** Whose recordings are sent. @defaultValue those of every provider */
  readonly providers?: readonly string[]
}

const hosts: readonly Host[] = ['SDK 2', '@vercel/otel']
const orders: readonly Order[] = ['costspan first', 'costspan last']
/** For what is still under way when a processor reports that all is flushed. */
const PATIENCE_MILLISECONDS = 3_000

/**
 * What all AI SDKs recorded, through a pipeline in which costspan, the neighbour and a plain exporter
 * are side by side: what each of the two backends gets over the wire.
 */
export function describeNeighbour(neighbour: Neighbour): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  const { providers } = neighbour
  const fixtures = loadFixtures().filter(({ provider }) => providers?.includes(provider) ?? true)
  for (const host of hosts) {
    describe.each(orders)(`${neighbour.name}, ${host}, %s`, (order) => {
      const isTooEarly = neighbour.tooEarly.includes(`${host}, ${order}`)
      let receivers: readonly [theirs: Receiver, plain: Receiver]
      let pipeline: ReturnType<typeof register>

      beforeAll(async () => {
        const [theirs, plain] = (receivers = [await startReceiver(), await startReceiver()])
        const exporting = [
          neighbour.create(new URL(theirs.url).origin),
          new BatchSpanProcessor(new OTLPTraceExporter({ url: plain.url })),
        ]
        pipeline = register(host, order, exporting)
      })
      afterAll(async () => {
        await pipeline.shutdown()
        await Promise.all(receivers.map((receiver) => receiver.close()))
      })

      const fact = isTooEarly
        ? 'it gets neither, the exporter beside it gets cost and user of every call, once'
        : 'it and the exporter beside it get cost and user of every call, once'
      test.each(fixtures)(`$lane, $provider: ${fact}`, async (fixture) => {
        const sent = send(pipeline.tracer(scopeOf(fixture)), fixture)
        await pipeline.flush()
        const [theirs, plain] = receivers
        expect(await failures(plain, sent)).toEqual([])
        if (isTooEarly) expect(await enrichedIn(theirs, sent)).toEqual([])
        else expect(await failures(theirs, sent)).toEqual([])
      })
    })
  }
}

interface Sent {
  readonly scenario: RecordedScenario
  readonly spanIds: Map<number, string>
}

function send(tracer: Tracer, { scenarios }: Fixture): Sent[] {
  return scenarios.map((scenario) => ({ scenario, spanIds: replay(tracer, scenario) }))
}

/** Neighbours tell the AI SDK by the scope of its spans. */
function scopeOf({ lane }: Fixture): string {
  return lane === 'ai-7' || lane === 'ai-7-bare' ? 'gen_ai' : 'ai'
}

function register(host: Host, order: Order, exporting: readonly SpanProcessor[]) {
  const costs = new CostSpanProcessor()
  const spanProcessors = order === 'costspan first' ? [costs, ...exporting] : [...exporting, costs]
  const flush = async (): Promise<void> => {
    for (const processor of exporting) await processor.forceFlush()
  }
  if (host === 'SDK 2') {
    const provider = new BasicTracerProvider({ spanProcessors })
    return {
      tracer: (scope: string) => provider.getTracer(scope),
      flush,
      shutdown: () => provider.shutdown(),
    }
  }
  // Registers globally: the second order takes the place of the first.
  trace.disable()
  registerOTel({ serviceName: 'replay', instrumentations: [], spanProcessors })
  return {
    tracer: (scope: string) => trace.getTracer(scope),
    flush,
    shutdown: async () => {
      for (const processor of exporting) await processor.shutdown()
    },
  }
}

/** What is wrong with what arrived, scenario by scenario. */
async function failures(receiver: Receiver, sent: readonly Sent[]): Promise<string[]> {
  const arrived = await arrivedOf(receiver, sent)
  return sent.flatMap(({ scenario, spanIds }) => {
    const ids = new Set(spanIds.values())
    const spans = arrived.filter(({ spanId }) => ids.has(spanId))
    try {
      expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length)
      expectAllEnded(scenario, spanIds, spans)
      expectRightSum(scenario, spans)
      expectRightUsers(scenario, spanIds, spans)
      expectRightRollups(scenario, spanIds, spans)
      return []
    } catch (error) {
      return [`${scenario.name}: ${String(error)}`]
    }
  })
}

function expectAllEnded(
  { spans }: RecordedScenario,
  spanIds: Map<number, string>,
  arrived: readonly ExportedSpan[],
): void {
  const ids = new Set(arrived.map(({ spanId }) => spanId))
  const missing = spans.filter(({ id, ended }) => ended !== null && !ids.has(spanIds.get(id) ?? ''))
  expect(missing.map(({ name }) => name)).toEqual([])
}

/** What costspan wrote onto the spans that arrived. */
async function enrichedIn(receiver: Receiver, sent: readonly Sent[]): Promise<unknown[]> {
  const arrived = await arrivedOf(receiver, sent)
  expect(arrived.length).toBeGreaterThan(0)
  return arrived
    .flatMap(({ attributes }) => [attributes['cost.usd'], attributes['user.id']])
    .filter((value) => value !== undefined)
}

async function arrivedOf({ spans }: Receiver, sent: readonly Sent[]): Promise<ExportedSpan[]> {
  const ended = sent.flatMap(({ scenario, spanIds }) =>
    scenario.spans.filter((span) => span.ended !== null).map(({ id }) => spanIds.get(id)),
  )
  const deadline = Date.now() + PATIENCE_MILLISECONDS
  const isThere = (): boolean => {
    const ids = new Set<unknown>(spans.map(({ spanId }) => spanId))
    return ended.every((id) => ids.has(id))
  }
  while (!isThere() && Date.now() < deadline) await sleep(10)
  const ids = new Set(sent.flatMap(({ spanIds }) => [...spanIds.values()]))
  return spans.filter(({ spanId }) => ids.has(spanId)).map(toExported)
}

/** The laws ask for attributes; the rest is not sent over this wire. */
function toExported({ traceId, spanId, parentSpanId, name, attributes }: ReceivedSpan) {
  const absent = { startTime: [0, 0] as const, status: { code: 0 }, events: [] }
  return { traceId, spanId, parentSpanId, name, attributes, ...absent } satisfies ExportedSpan
}
