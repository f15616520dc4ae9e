import { context, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution, type Charge } from 'costspan'
import { recordCosts } from 'costspan/sampling'
import { describe, expect, test } from 'vitest'
import { loadFixtures } from '../support/fixtures.ts'
import { CopyingExporter } from '../support/pipeline.ts'
import { replay } from '../support/replay.ts'
import { leaf, prices, root, usage } from '../support/sdk-2.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())

/** The same ids in every run, spread as random ones are: what a ratio keeps depends on them. */
function countingIds() {
  let count = 0
  const id = (length: number): string => {
    count++
    return Array.from({ length: length / 8 }, (_, part) =>
      (Math.imul(count * 8 + part, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0'),
    ).join('')
  }
  return { generateTraceId: () => id(32), generateSpanId: () => id(16) }
}

function pipeline(sampler: Sampler) {
  const exporter = new CopyingExporter()
  const charges: Charge[] = []
  const costs = new CostSpanProcessor({ prices, onCharge: (charge) => charges.push(charge) })
  const tracing = new BasicTracerProvider({
    sampler,
    idGenerator: countingIds(),
    spanProcessors: [costs, new SimpleSpanProcessor(exporter)],
  })
  return { tracer: tracing.getTracer('ai'), exporter, charges }
}

const samplers: [string, () => Sampler][] = [
  ['0 %', () => new AlwaysOffSampler()],
  ['1 %', () => new TraceIdRatioBasedSampler(0.01)],
  ['10 %', () => new TraceIdRatioBasedSampler(0.1)],
  ['100 %', () => new AlwaysOnSampler()],
  ['parent-based, 0 %', () => new ParentBasedSampler({ root: new AlwaysOffSampler() })],
  ['parent-based, 10 %', () => new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.1) })],
]

const callers: [string, number | undefined][] = [
  ['no caller', undefined],
  ['a caller that sampled', TraceFlags.SAMPLED],
  ['a caller that did not (traceparent …-00)', TraceFlags.NONE],
]

const REQUESTS = 300

/** Requests, each with an agent, a call, and the HTTP request below the call. */
function serve({ tracer }: ReturnType<typeof pipeline>, traceFlags: number | undefined): string[] {
  const sent: string[] = []
  const ids = countingIds()
  for (let request = 0; request < REQUESTS; request++) {
    const traceId = ids.generateTraceId()
    const remote = { traceId, spanId: 'f'.repeat(16), traceFlags: traceFlags ?? 0, isRemote: true }
    const from =
      traceFlags === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, remote)
    const http = tracer.startSpan('POST /chat', {}, from)
    const inRequest = trace.setSpan(from, http)
    context.with(inRequest, () =>
      withAttribution({ userId: `user-${request % 7}` }, () => {
        const agent = tracer.startSpan('ai.streamText', { attributes: root })
        const inAgent = trace.setSpan(context.active(), agent)
        const call = tracer.startSpan('doStream', { attributes: { ...leaf, ...usage } }, inAgent)
        const inCall = trace.setSpan(inAgent, call)
        const out = tracer.startSpan('POST api.openai.com', {}, inCall)
        const carrier: Record<string, string> = {}
        new W3CTraceContextPropagator().inject(trace.setSpan(inCall, out), carrier, {
          set: (headers, name, value) => void ((headers as typeof carrier)[name] = value),
        })
        sent.push((carrier['traceparent'] ?? '').slice(-2))
        for (const span of [out, call, agent, http]) span.end()
      }),
    )
  }
  return sent
}

describe.each(samplers)('sampled at %s', (_, create) => {
  test.each(callers)('%s: every call is charged, and exported is what was', (__, traceFlags) => {
    const plain = pipeline(create())
    const recording = pipeline(recordCosts(create()))
    const [flags, flagsRecording] = [serve(plain, traceFlags), serve(recording, traceFlags)]

    expect(recording.charges).toHaveLength(REQUESTS)
    const users = new Set(recording.charges.map(({ attribution }) => attribution.userId))
    expect(users.size).toBe(7)
    expect(recording.charges.reduce((sum, { usd }) => sum + (usd ?? 0), 0)).toBe(REQUESTS)
    const names = (of: typeof plain): string[] => of.exporter.spans.map(({ name }) => name)
    expect(names(recording)).toEqual(names(plain))
    // Services that are called see the same decision.
    expect(flagsRecording).toEqual(flags)
  })
})

test('every call that any AI SDK recorded is charged at 0 %', () => {
  const all: Charge[] = []
  const some: Charge[] = []
  for (const [charges, sampler] of [
    [all, new AlwaysOnSampler()],
    [some, recordCosts(new AlwaysOffSampler())],
  ] as const) {
    const costs = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })
    const tracing = new BasicTracerProvider({ sampler, spanProcessors: [costs] })
    for (const { scenarios } of loadFixtures()) {
      for (const scenario of scenarios) replay(tracing.getTracer('ai'), scenario)
    }
  }
  const outcomesOf = (charges: Charge[]): unknown[] =>
    charges.map(({ usd, status, attribution }) => [usd, status, attribution.userId])
  expect(all.length).toBeGreaterThan(500)
  expect(outcomesOf(some)).toEqual(outcomesOf(all))
})

test('what is above a call and no AI span is dropped as before', () => {
  const { tracer, exporter, charges } = pipeline(recordCosts(new AlwaysOffSampler()))
  const http = tracer.startSpan('GET /')
  expect(http.isRecording()).toBe(false)
  http.end()
  expect([exporter.spans, charges]).toEqual([[], []])
})

test('the name has that of the wrapped sampler, and a value that is no sampler is refused', () => {
  expect(String(recordCosts(new AlwaysOffSampler()))).toBe('RecordCosts{AlwaysOffSampler}')
  expect(() => recordCosts({} as Sampler)).toThrow(/^Expected `sampler` to be a sampler/)
})
