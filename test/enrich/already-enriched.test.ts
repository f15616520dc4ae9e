import {
  BasicTracerProvider,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge, type SpanLike } from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { describe, expect, test } from 'vitest'
import { CopyingExporter, type ExportedSpan } from '../support/pipeline.ts'
import { end, genAiLeaf, leaf, prices, Recording, root, tool, usage } from '../support/sdk-2.ts'

/** Every name that only costspan writes, with values that no instrumentation would write. */
const foreign = {
  'cost.usd': 999,
  'cost.input_usd': 999,
  'cost.output_usd': 999,
  'cost.cache_read_usd': 999,
  'cost.cache_write_usd': 999,
  'cost.fees_usd': 999,
  'cost.source': 'billed',
  'cost.list_usd': 999,
  'cost.status': 'priced',
  'cost.reason': 'carried_by_another_span',
  'cost.price_version': 'theirs',
  'cost.rollup_usd': 999,
  'cost.rollup_missing_calls': 999,
  'cost.unfinished_calls': 999,
}

const kinds: [string, object, object][] = [
  ['a priced call', leaf, usage],
  ['a call without a price', { ...leaf, 'ai.model.id': 'unknown' }, usage],
  ['a call without usage', leaf, {}],
  ['a call of the GenAI conventions', genAiLeaf, { 'gen_ai.usage.input_tokens': 1 }],
  ['a group', root, {}],
  ['a tool', tool, {}],
  ['an agent', { 'gen_ai.operation.name': 'invoke_agent' }, {}],
]

/** One span through a pipeline, with more attributes when it starts, when it ends, or in `onEnding`. */
type Run = (
  at: object,
  then: object,
  more: { start?: object; end?: object; ending?: object },
) => ExportedSpan | undefined

const byProcessor: Run = (at, then, { start = {}, end: late = {}, ending = {} }) => {
  const exporter = new CopyingExporter()
  const other: SpanProcessor = {
    onStart: () => {},
    onEnding: (span) => void span.setAttributes(ending as never),
    onEnd: () => {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
  const costs = new CostSpanProcessor({ prices, warnings: 'diag' })
  const spanProcessors = [costs, other, new SimpleSpanProcessor(exporter)]
  const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('ai')
  end(tracer.startSpan('span', { attributes: { ...at, ...start } }), { ...then, ...late })
  return exporter.spans[0]
}

const byExporter: Run = (at, then, { start = {}, end: late = {}, ending = {} }) => {
  const exporter = new CopyingExporter()
  const decorated = new CostSpanExporter<SpanLike, { code: 0 }>(exporter as never, {
    prices,
    warnings: 'diag',
  })
  const spanProcessors = [new SimpleSpanProcessor(decorated)]
  const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('ai')
  const span = tracer.startSpan('span', { attributes: { ...at, ...start } })
  end(span, { ...then, ...late, ...ending })
  return exporter.spans[0]
}

describe.each<[string, Run]>([
  ['CostSpanProcessor', byProcessor],
  ['CostSpanExporter', byExporter],
])('%s: no foreign cost is left on', (_, run) => {
  describe.each(kinds)('%s', (__, at, then) => {
    const own = run(at, then, {})?.attributes
    test.each(['start', 'end', 'ending'])('if all names are set at its %s', (when) => {
      expect(run(at, then, { [when]: foreign })?.attributes).toEqual(own)
    })

    test.each(Object.entries(foreign))('if %s alone is set', (name, value) => {
      expect(run(at, then, { start: { [name]: value } })?.attributes).toEqual(own)
      expect(run(at, then, { end: { [name]: value } })?.attributes).toEqual(own)
    })
  })

  test('what recordCall and the application write is kept, attribution included', () => {
    const own = { 'cost.recorded': true, 'cost.usage.characters': 7, 'cost.service_tier': 'flex' }
    const attribution = { 'cost.plan': 'pro', 'cost.tag.feature': 'search', 'user.id': 'ada' }
    expect(
      run(leaf, usage, { start: { ...foreign, ...own, ...attribution } })?.attributes,
    ).toMatchObject({
      ...own,
      ...attribution,
      'cost.usd': 1,
    })
  })
})

describe('another processor that takes attributes off in onEnding', () => {
  test.each<[string, (attributes: { [name: string]: unknown }) => void]>([
    [
      'all of costspan',
      (attributes) => {
        for (const name of Object.keys(attributes))
          if (name.startsWith('cost.')) delete attributes[name]
      },
    ],
    ['the cost alone', (attributes) => delete attributes['cost.usd']],
    ['the status alone', (attributes) => delete attributes['cost.status']],
    ['the user', (attributes) => delete attributes['user.id']],
    ['nothing, and puts another user in', (attributes) => (attributes['user.id'] = 'mallory')],
    ['nothing, and puts another cost in', (attributes) => (attributes['cost.usd'] = 0)],
  ])('does not take %s off the last AI span that is open', (_, strip) => {
    const exporter = new CopyingExporter()
    const charges: Charge[] = []
    const costs = new CostSpanProcessor({ prices, onCharge: (charge) => void charges.push(charge) })
    const other: SpanProcessor = {
      onStart: () => {},
      onEnding: (span) => strip((span as unknown as SpanLike).attributes),
      onEnd: () => {},
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    }
    const spanProcessors = [costs, other, new SimpleSpanProcessor(exporter)]
    const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('ai')
    end(tracer.startSpan('call', { attributes: { ...leaf, 'user.id': 'ada' } }), usage)
    expect(exporter.spans[0]?.attributes).toMatchObject({
      'cost.usd': 1,
      'cost.status': 'priced',
      'user.id': 'ada',
    })
    expect(charges).toHaveLength(1)
  })
})

describe('an enriched span is recognised in a copy that was made in this process', () => {
  const copies: [string, (span: SpanLike) => SpanLike][] = [
    ['the span itself', (span) => span],
    [
      'Object.create',
      (span) => Object.create(span, { attributes: { value: { ...span.attributes } } }) as SpanLike,
    ],
    [
      'Object.assign',
      (span) =>
        Object.assign(Object.create(Object.getPrototypeOf(span) as object) as SpanLike, span),
    ],
    ['a spread', (span) => ({ ...span, spanContext: () => span.spanContext() })],
    ['a Proxy', (span) => new Proxy(span, {})],
  ]
  test.each(copies)('by %s', (_, copyOf) => {
    const out = new CopyingExporter()
    const decorated = new CostSpanExporter<SpanLike, unknown>(out as never, { prices: [] })
    const spans = new Recording()
    spans.exporter.export = (batch) =>
      decorated.export(
        batch.map((span) => copyOf(span as never)),
        () => {},
      )
    const above = spans.start('above', root)
    end(spans.start('call', leaf, above), usage)
    end(above)
    expect(
      out.spans.map(({ attributes }) => [attributes['cost.usd'], attributes['cost.rollup_usd']]),
    ).toEqual([
      [1, undefined],
      [undefined, 1],
    ])
  })
})
