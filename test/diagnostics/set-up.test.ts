import { trace } from '@opentelemetry/api'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
  type Sampler,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { registerOTel } from '@vercel/otel'
import { CostSpanProcessor } from 'costspan'
import { recordCosts } from 'costspan/sampling'
import { afterEach, describe, expect, test } from 'vitest'
import { leaf } from '../support/attributed-spans.ts'
import { capturePrinted } from '../support/printed.ts'

const printed = capturePrinted()
afterEach(() => trace.disable())

const simple = (): SpanProcessor => new SimpleSpanProcessor(new InMemorySpanExporter())
const batch = (): SpanProcessor => new BatchSpanProcessor(new InMemorySpanExporter())
const costs = (): SpanProcessor => new CostSpanProcessor()
const attributes = { ...leaf, 'user.id': 'ada' }

describe('a processor that exports first is printed where it loses charges', () => {
  test.each<[string, SpanProcessor[], number]>([
    ['a simple one before', [simple(), costs()], 1],
    ['a simple one before and one behind', [batch(), simple(), costs(), batch()], 1],
    ['a simple one behind', [costs(), simple()], 0],
    ['one that exports in batches', [batch(), costs()], 0],
  ])('@vercel/otel: %s', (_, spanProcessors, lines) => {
    registerOTel({ serviceName: 'app', instrumentations: [], spanProcessors })
    for (let call = 0; call < 2; call++)
      trace.getTracer('ai').startSpan('call', { attributes }).end()
    expect(printed).toHaveLength(lines)
    if (lines > 0) expect(String(printed[0])).toMatch(/SimpleSpanProcessor.*first\.$/)
  })

  test('and not where the SDK calls onEnding before any processor exports', () => {
    const provider = new BasicTracerProvider({ spanProcessors: [simple(), costs()] })
    provider.getTracer('ai').startSpan('call', { attributes }).end()
    expect(printed).toEqual([])
  })
})

describe('a sampler that drops AI calls is printed', () => {
  const ratio = (share: number): Sampler => new TraceIdRatioBasedSampler(share)
  test.each<[string, Sampler, number]>([
    ['a ratio', ratio(0.999_999_999), 1],
    ['a ratio for roots', new ParentBasedSampler({ root: ratio(0.999_999_999) }), 1],
    ['a ratio of 1', ratio(1), 0],
    ['always on', new AlwaysOnSampler(), 0],
    ['parents', new ParentBasedSampler({ root: new AlwaysOnSampler() }), 0],
    ['recordCosts', recordCosts(new ParentBasedSampler({ root: new AlwaysOffSampler() })), 0],
  ])('%s', (_, sampler, lines) => {
    const provider = new BasicTracerProvider({ sampler, spanProcessors: [costs()] })
    trace.setGlobalTracerProvider(provider)
    for (let call = 0; call < 2; call++)
      provider.getTracer('ai').startSpan('call', { attributes }).end()
    expect(printed).toHaveLength(lines)
    if (lines > 0) expect(String(printed[0])).toMatch(/sampler drops.*recordCosts/)
  })

  test('and not that of another provider than the one whose calls are charged', () => {
    const sampler = ratio(0.1)
    trace.setGlobalTracerProvider(new BasicTracerProvider({ sampler, spanProcessors: [simple()] }))
    const own = new BasicTracerProvider({ spanProcessors: [costs()] })
    own.getTracer('ai').startSpan('call', { attributes }).end()
    expect(printed).toEqual([])
  })
})
