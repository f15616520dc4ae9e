import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { context, trace, type Attributes, type Span } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  SimpleSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { catalog, withAttribution } from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { describe, expect, test } from 'vitest'
import { CopyingExporter, type ExportedSpan } from '../../support/pipeline.ts'
import { end, leaf, Recording, usage } from '../../support/sdk-2.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())

interface RecordedSpan {
  readonly above?: number
  readonly scope: string
  readonly name: string
  readonly start: Attributes
  readonly end: Attributes
  readonly failed?: true
}

interface Scenario {
  readonly spans: readonly RecordedSpan[]
  readonly moments: readonly ['start' | 'end', number][]
}

/**
 * Of @sentry/node 10.78.0 and @ai-sdk/otel 1.0.173 with AI SDK 7.0.173, by
 * `test/real-backends/neighbours/sentry-recording.mjs`, without the spans of requests.
 */
const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, 'sentry-10.json'), 'utf8'),
) as Record<string, Record<string, Scenario>>

/** What the provider served, at 0.0065 US dollars a call. */
const served: Record<string, number> = {
  stream: 1,
  'an agent in a tool': 3,
  'calls at the same time': 3,
  'a second attempt': 1,
}
const USD = 0.0065
/** The same, where cached tokens are priced as others. */
const UPPER_BOUND = 0.009

const cases = Object.keys(recorded).flatMap((integration) =>
  Object.keys(served).map((name) => ({ integration, name })),
)

function scenarioOf(integration: string, name: string): Scenario {
  const scenario = recorded[integration]?.[name]
  if (scenario === undefined) throw new Error(`${name} was not recorded`)
  return scenario
}

const isOfSentry = ({ scope }: RecordedSpan): boolean => scope === '@sentry/node'

interface Replay {
  /** Which spans are written at all. */
  readonly only?: (span: RecordedSpan) => boolean
  /** The scope of the AI SDK's spans. */
  readonly scope?: string
  /** Whether a request is around, so that all is one trace. */
  readonly below?: boolean
}

/** Starts and ends the recorded spans again, in the recorded order. */
function replay(
  provider: BasicTracerProvider,
  { spans, moments }: Scenario,
  { only = () => true, scope, below = false }: Replay = {},
): void {
  const request = below ? provider.getTracer('app').startSpan('request') : undefined
  const started = new Map<number, Span>()
  for (const [moment, id] of moments) {
    const span = spans[id]
    if (span === undefined || !only(span)) continue
    if (moment === 'start') {
      const above = started.get(span.above ?? -1) ?? request
      const active = context.active()
      const from = above === undefined ? active : trace.setSpan(active, above)
      const tracer = provider.getTracer(isOfSentry(span) ? span.scope : (scope ?? span.scope))
      started.set(id, tracer.startSpan(span.name, { attributes: span.start }, from))
    } else {
      const open = started.get(id)
      if (span.failed === true) open?.setStatus({ code: 2 })
      open?.setAttributes(span.end).end()
    }
  }
  request?.end()
}

function record(scenario: Scenario, how: Replay = {}, callsOnEnding = true): Recording {
  const recording = new Recording({ options: { prices: [catalog] }, callsOnEnding })
  withAttribution({ userId: 'maya' }, () => replay(recording.provider, scenario, how))
  return recording
}

const pricedAmong = (spans: readonly ExportedSpan[]): ExportedSpan[] =>
  spans.filter(({ attributes }) => attributes['cost.usd'] !== undefined)

const valuesOf = (spans: readonly ExportedSpan[], name: string): unknown[] =>
  spans.map(({ attributes }) => attributes[name])

const times = <Value>(count: number, value: Value): Value[] =>
  Array.from({ length: count }, () => value)

describe.each(cases)('$name, recorded by Sentry and by $integration', ({ integration, name }) => {
  const scenario = scenarioOf(integration, name)
  const calls = served[name] ?? 0

  test.each([
    { where: 'below a request', below: true, callsOnEnding: true },
    { where: 'with nothing around, so in several traces', below: false, callsOnEnding: true },
    { where: 'on an SDK without onEnding', below: true, callsOnEnding: false },
  ])('is charged once, to its user, where it is exact: $where', ({ below, callsOnEnding }) => {
    const { exporter, charges } = record(scenario, { below }, callsOnEnding)
    const priced = pricedAmong(exporter.spans)
    expect(valuesOf(priced, 'cost.usd')).toEqual(times(calls, USD))
    expect(valuesOf(priced, 'user.id')).toEqual(times(calls, 'maya'))
    expect(valuesOf(priced, 'cost.status')).toEqual(times(calls, 'priced'))
    expect(charges.filter(({ usd }) => usd !== undefined)).toHaveLength(calls)
  })

  test('the spans of Sentry have the reason that another carries the cost', () => {
    const { exporter } = record(scenario)
    const sentrys = exporter.spans.filter(
      ({ name: span, attributes }) =>
        attributes['sentry.origin'] === 'auto.vercelai.channel' && span.startsWith('generate'),
    )
    expect(sentrys.length).toBeGreaterThanOrEqual(calls)
    for (const { attributes } of sentrys) {
      expect(attributes['cost.reason']).toBe('carried_by_another_span')
      expect(attributes['cost.status']).toBeUndefined()
      expect(attributes['user.id']).toBe('maya')
    }
  })

  test('recorded by Sentry alone, it is charged there, as an upper bound', () => {
    const { exporter } = record(scenario, { only: isOfSentry })
    const priced = pricedAmong(exporter.spans)
    expect(valuesOf(priced, 'cost.status')).toEqual(times(calls, 'upper_bound'))
  })

  test('recorded by an integration with a tracer of its own, it is never charged twice', () => {
    const { exporter } = record(scenario, { scope: 'app' })
    expect(pricedAmong(exporter.spans)).toHaveLength(calls)
  })

  test.each<[string, number, (exporter: SpanExporter) => SpanProcessor]>([
    ['in one batch, exact', USD, (exporter) => new BatchSpanProcessor(exporter)],
    ['span by span', UPPER_BOUND, (exporter) => new SimpleSpanProcessor(exporter)],
  ])('an exporter charges it once: %s', async (_, most, processorOf) => {
    const inner = new CopyingExporter()
    const exporter = new CostSpanExporter<ReadableSpan, { code: 0 }>(inner)
    const provider = new BasicTracerProvider({ spanProcessors: [processorOf(exporter)] })
    replay(provider, scenario)
    await provider.forceFlush()
    const costs = valuesOf(pricedAmong(inner.spans), 'cost.usd')
    expect(costs).toHaveLength(calls)
    for (const usd of costs) expect(Number(usd)).toBeLessThanOrEqual(most)
  })
})

describe('beside chats that an integration tells', () => {
  const scenario = scenarioOf('OpenTelemetry', 'calls at the same time')

  test('one that only Sentry tells is charged on its span, and counts', () => {
    const withoutOne = scenario.spans.find(isChatOfAiSdk)
    const { exporter } = record(scenario, { only: (span) => span !== withoutOne })
    const priced = pricedAmong(exporter.spans)
    const exact = priced.filter(({ attributes }) => attributes['cost.status'] === 'priced')
    expect([priced.length, exact.length]).toEqual([3, 2])
  })

  test('one that only the integration tells is charged there', () => {
    const withoutOne = scenario.spans.find(isCallOfSentry)
    const { exporter } = record(scenario, { only: (span) => span !== withoutOne })
    expect(valuesOf(pricedAmong(exporter.spans), 'cost.usd')).toEqual(times(3, USD))
  })

  test('thousands that never ended change nothing', () => {
    const recording = record(scenario)
    const open = { ...scenario, moments: scenario.moments.filter(([moment]) => moment === 'start') }
    for (let index = 0; index < 1_000; index++) replay(recording.provider, open)
    replay(recording.provider, scenario)
    expect(valuesOf(pricedAmong(recording.exporter.spans), 'cost.usd')).toEqual(times(6, USD))
  })
})

function isChatOfAiSdk({ name, scope }: RecordedSpan): boolean {
  return scope === 'gen_ai' && name.startsWith('chat')
}

function isCallOfSentry(span: RecordedSpan): boolean {
  return isOfSentry(span) && span.name.startsWith('generate_content')
}

test('the spans of AI SDK 6, which Sentry renames and marks, are charged like any others', () => {
  const spans = new Recording()
  const marked = { ...leaf, 'sentry.origin': 'auto.vercelai.otel' }
  end(spans.start('generate_content m', marked), usage)
  expect(spans.costOf('generate_content m')).toEqual({ usd: 1, status: 'priced' })
})
