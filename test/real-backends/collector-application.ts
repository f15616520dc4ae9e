import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge } from 'costspan'
import { definePrices } from 'costspan/prices'
import { recordCall } from 'costspan/record'
import { expect } from 'vitest'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())

/** With it a call of {@link dollars} costs so many. */
export const ROUND_MODEL = 'round'
const prices = [
  definePrices('1', [{ provider: 'openai', model: ROUND_MODEL, input: 1, output: 1 }]),
]

const PATIENCE_MILLISECONDS = 60_000

/** What an application has made and been charged for, beside what backends say of it. */
export interface Application {
  readonly provider: BasicTracerProvider
  readonly charges: readonly Charge[]
  readonly traces: ReadonlySet<string>
  readonly tracesWithError: ReadonlySet<string>
  readonly spans: readonly ReadableSpan[]
  /** `recordCall` sends to the application that was the last to say this. */
  recordHere(): void
}

/** An application with costspan and the official exporter. */
export function startApplication(options: {
  readonly tracesUrl: string
  readonly service: string
  readonly release: string
  readonly catalog?: boolean
}): Application {
  const charges: Charge[] = []
  const spans: ReadableSpan[] = []
  const ended = new Set<string>()
  const traces = new Set<string>()
  const tracesWithError = new Set<string>()
  const keeping = {
    onStart: () => {},
    onEnd: (span: ReadableSpan) => {
      const { traceId, spanId } = span.spanContext()
      spans.push(span)
      ended.add(spanId)
      traces.add(traceId)
      if (span.status.code === SpanStatusCode.ERROR) tracesWithError.add(traceId)
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
  const costs = new CostSpanProcessor({
    ...(options.catalog !== true && { prices }),
    onCharge: (charge) => charges.push(charge),
  })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.service,
      'service.version': options.release,
    }),
    spanProcessors: [
      costs,
      keeping,
      new BatchSpanProcessor(startExporter(options.tracesUrl), {
        maxQueueSize: 50_000,
        scheduledDelayMillis: 500,
        exportTimeoutMillis: PATIENCE_MILLISECONDS,
      }),
    ],
  })
  const recordHere = (): void => {
    trace.disable()
    trace.setGlobalTracerProvider(provider)
  }
  return {
    provider,
    get charges() {
      // No backend receives a call whose span never ends.
      return charges.filter(({ spanId }) => ended.has(spanId))
    },
    traces,
    tracesWithError,
    spans,
    recordHere,
  }
}

/** The official one. On a busy disk a Collector syncs for seconds, and what is sent again is counted again. */
export function startExporter(tracesUrl: string): OTLPTraceExporter {
  return new OTLPTraceExporter({ url: tracesUrl, timeoutMillis: PATIENCE_MILLISECONDS })
}

export interface Spender {
  readonly userId: string
  readonly plan: string
  readonly tenantId?: string
}

/** A call of some time ago that costs so many US dollars. */
export function recordDollars(attribution: Spender, usd: number, time: number): void {
  recordCall({
    provider: 'openai',
    model: ROUND_MODEL,
    usage: { input: usd * 1e6, output: 0 },
    attribution,
    startTime: time,
    endTime: time,
  })
}

/** Dollars by user; a user without cost is absent. */
export function sumByUser(
  entries: Iterable<readonly [user: unknown, usd: unknown]>,
): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [user, usd] of entries) {
    if (typeof usd !== 'number') continue
    const name = typeof user === 'string' ? user : ''
    sums.set(name, (sums.get(name) ?? 0) + usd)
  }
  return sums
}

export function chargedByUser(charges: readonly Charge[]): Map<string, number> {
  return sumByUser(charges.map(({ attribution, usd }) => [attribution.userId, usd]))
}

export function expectSameSums(
  actual: ReadonlyMap<string, number>,
  expected: ReadonlyMap<string, number>,
): void {
  expect([...actual.keys()].toSorted()).toEqual([...expected.keys()].toSorted())
  const different = [...expected].filter(
    ([user, usd]) => Math.abs((actual.get(user) ?? 0) - usd) >= 1e-9,
  )
  expect(different).toEqual([])
}
