import { runInNewContext } from 'node:vm'
import { setTimeout as wait } from 'node:timers/promises'
import { context, diag, metrics, propagation, ROOT_CONTEXT, type Baggage } from '@opentelemetry/api'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import {
  CostSpanProcessor,
  dropContent,
  type Charge,
  type CostSpanProcessorOptions,
  type DropContent,
  type SpanLike,
} from 'costspan'
import { braintrust, datadog, langfuse, type Backend } from 'costspan/backends'
import { CostSpanExporter } from 'costspan/exporter'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CopyingExporter } from '../support/pipeline.ts'
import { end, genAiLeaf, genAiUsage, leaf, prices, Recording, usage } from '../support/sdk-2.ts'

const rejections: unknown[] = []
const onRejection = (error: unknown): void => void rejections.push(error)
beforeEach(() => void process.on('unhandledRejection', onRejection))
afterEach(async () => {
  await wait(5)
  process.off('unhandledRejection', onRejection)
  diag.disable()
  metrics.disable()
  context.disable()
  // An unhandled rejection ends a process.
  if (rejections.length > 0) throw new Error(`unhandled: ${String(rejections.splice(0)[0])}`)
})

const fails = (): never => {
  throw new Error('no')
}
const logger = (log: (message: string) => unknown) =>
  ({ error: log, warn: log, info: log, debug: log, verbose: log }) as never

/** What a call without a user is charged, on the span and by `onCharge`. */
function outcomesOf(
  setUp: () => void,
  name: unknown = 'call',
  attributes: object = usage,
): unknown[] {
  const spans = new Recording({ options: { warnings: 'diag' } })
  setUp()
  const call = spans.start('call', leaf)
  if (name !== 'call') Object.assign(call, { name })
  end(call, attributes as never)
  const [exported] = spans.exporter.spans
  return [
    exported?.attributes['cost.status'],
    spans.charges.map(({ usd, status }) => usd ?? status),
  ]
}

describe('onCharge is called for what the span carries', () => {
  const meter = (createCounter: unknown): never =>
    ({ getMeter: () => ({ createCounter }) }) as never
  test.each<[string, () => void]>([
    ['the global meter provider throws', () => metrics.setGlobalMeterProvider({ getMeter: fails })],
    [
      'getMeter returns nothing',
      () => metrics.setGlobalMeterProvider({ getMeter: () => undefined as never }),
    ],
    ['createCounter throws', () => metrics.setGlobalMeterProvider(meter(fails))],
    ['createCounter returns null', () => metrics.setGlobalMeterProvider(meter(() => null))],
    ['the counter throws', () => metrics.setGlobalMeterProvider(meter(() => ({ add: fails })))],
    ['the logger throws', () => diag.setLogger(logger(fails))],
    ['the logger rejects', () => diag.setLogger(logger(() => Promise.reject(new Error('no'))))],
    [
      'the integrations of AI SDK 7 cannot be read',
      () => void Object.assign(globalThis, { AI_SDK_TELEMETRY_INTEGRATIONS: undefined }),
    ],
  ])('where %s', (_, setUp) => expect(outcomesOf(setUp)).toEqual(['priced', [1]]))

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a symbol', Symbol('name')],
    ['an object', { toString: fails }],
  ])('where the name of the span is %s', (_, name) => {
    expect(outcomesOf(() => {}, name)).toEqual(['priced', [1]])
  })

  test('where the call has no price and everything fails', () => {
    const setUp = (): void => {
      metrics.setGlobalMeterProvider({ getMeter: fails })
      diag.setLogger(logger(fails))
    }
    expect(outcomesOf(setUp, Symbol('name'), { ...usage, 'ai.response.model': 'unknown' })).toEqual(
      ['unpriced', ['unpriced']],
    )
  })

  test.each<[string, unknown]>([
    ['a list', []],
    ['a text', 'user.id=mallory'],
    ['an object without methods', {}],
    ['an object that throws', { getAllEntries: fails, getEntry: fails }],
    [
      'an object with entries of another shape',
      { getAllEntries: () => [['a'], 7, null, ['b', 1]] },
    ],
    ['an object whose entries are none', { getAllEntries: () => undefined }],
  ])('where baggage is %s', (_, baggage) => {
    const spans = new Recording()
    const from = propagation.setBaggage(ROOT_CONTEXT, baggage as Baggage)
    const tracer = spans.provider.getTracer('ai')
    end(tracer.startSpan('call', { attributes: { ...leaf, 'user.id': 'ada' } }, from), usage)
    expect(spans.charges.map(({ usd, attribution }) => [usd, attribution.userId])).toEqual([
      [1, 'ada'],
    ])
    expect(spans.costOf('call')).toEqual({ usd: 1, status: 'priced' })
  })
})

/** Backends that fail, each in its own way. */
const failing: [string, Backend][] = [
  ['throws', fails],
  ['returns nothing', () => undefined],
  ['returns null', () => null],
  ['returns a number', () => 7],
  ['returns a list', () => ['a']],
  ['is asynchronous', async () => ({ 'late.cost': 1 })],
  ['rejects', () => Promise.reject(new Error('no'))],
  ['rejects in another realm', () => runInNewContext('Promise.reject(new Error("no"))')],
  [
    'returns a getter that throws',
    () => ({
      get cost(): never {
        return fails()
      },
    }),
  ],
  ['returns an attribute that rejects', () => ({ late: Promise.reject(new Error('no')) })],
].map(([name, backend]) => [name as string, backend as Backend])

const secret = { 'ai.prompt.messages': 'secret', 'ai.response.text': 'secret' }

/** What leaves through a processor, and through an exporter. */
const skins: [
  string,
  (
    options: CostSpanProcessorOptions,
    attributes?: object,
    events?: SpanLike['events'],
  ) => CopyingExporter,
][] = [
  [
    'CostSpanProcessor',
    (options, attributes, events) => {
      const spans = new Recording({ options })
      const all = { ...leaf, ...secret, 'user.id': 'a@b.example', ...attributes }
      end(Object.assign(spans.start('call', all), events && { events }), usage)
      return spans.exporter
    },
  ],
  [
    'CostSpanExporter',
    (options, attributes, events) => {
      const exporter = new CopyingExporter()
      const decorated = new CostSpanExporter<SpanLike, { code: 0 }>(exporter as never, {
        prices,
        ...options,
      })
      const spanProcessors = [new SimpleSpanProcessor(decorated)]
      const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('ai')
      const all = { ...leaf, ...secret, 'user.id': 'a@b.example', ...attributes }
      end(Object.assign(tracer.startSpan('call', { attributes: all }), events && { events }), usage)
      return exporter
    },
  ],
]

describe.each(skins)('%s: nothing leaves that may not, and later backends are asked', (_, run) => {
  test.each(failing)('where a backend %s', (__, backend) => {
    const printed: string[] = []
    const warnings = (message: string): void => void printed.push(message)
    const options = { privacy: { dropContent }, backends: [backend, langfuse], warnings }
    const [span] = run(options).spans
    expect(span?.attributes).toMatchObject({ 'cost.usd': 1, 'gen_ai.usage.cost': 1 })
    expect(JSON.stringify(span?.attributes)).not.toMatch(/secret|@b/)
    expect(printed.filter((line) => line.includes('a backend'))).toHaveLength(1)
  })

  test.each<[string, DropContent]>([
    ['throws', fails],
    [
      'throws half-way',
      ({ attributes }) => {
        delete attributes['ai.response.text']
        fails()
      },
    ],
    ['is asynchronous', async (span) => dropContent(span)],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['rejects in another realm', () => runInNewContext('Promise.reject(new Error("no"))')],
  ])('where the own function of dropContent %s', (__, own) => {
    const lines: string[] = []
    const warnings = (line: string): void => void lines.push(line)
    const [span] = run({ privacy: { dropContent: own }, warnings }).spans
    expect(JSON.stringify([span?.attributes, span?.events])).not.toMatch(/secret|@b/)
    expect(span?.attributes).toMatchObject({ 'cost.usd': 1, 'cost.status': 'priced' })
    expect(lines.filter((line) => line.includes('failed; reported once'))).toHaveLength(1)
  })

  test('where the own function of dropContent throws, what the backends write stays, and no copy of content', () => {
    const copying: Backend = ({ attributes }) => ({
      'own.input': (attributes as { [name: string]: string })['ai.prompt.messages'],
      'own.note': 'ours',
    })
    const backends = [datadog, langfuse, braintrust, copying]
    const attributes = { 'ai.telemetry.metadata.plan': 'pro', 'cost.tag.team': 'search' }
    const [span] = run(
      { privacy: { dropContent: fails }, backends, warnings: () => {} },
      attributes,
    ).spans
    expect(span?.attributes).toMatchObject({
      'cost.usd': 1,
      'cost.plan': 'pro',
      'cost.tag.team': 'search',
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.usage.cost': 1,
      'langfuse.trace.tags': ['plan:pro'],
      'braintrust.tags': ['plan:pro'],
      'own.note': 'ours',
    })
    expect(JSON.stringify([span?.attributes, span?.events])).not.toMatch(/secret|@b/)
  })

  test.each<[string, DropContent]>([
    ['of costspan', dropContent],
    ['that throws', fails],
  ])('where events are frozen, and dropContent is one %s', (__, own) => {
    const content = (): object => ({ content: 'secret', 'gen_ai.prompt': 'secret' })
    const events = [
      { name: 'gen_ai.choice', attributes: Object.freeze(content()) },
      Object.freeze({ name: 'gen_ai.choice', attributes: content() }),
      Object.freeze({ name: 'gen_ai.choice', attributes: Object.freeze(content()) }),
      { name: 'exception', attributes: {} },
    ]
    for (const all of [events, Object.freeze([...events])]) {
      const options = { privacy: { dropContent: own }, warnings: () => {} }
      const [span] = run(options, {}, all as SpanLike['events']).spans
      expect(span?.attributes['cost.usd']).toBe(1)
      expect(JSON.stringify(span?.events)).not.toContain('secret')
      expect(span?.events.map(({ name }) => name)).toContain('exception')
    }
  })

  test('where an own function removes less', () => {
    const own: DropContent = ({ attributes }) => void delete attributes['ai.prompt.messages']
    const [span] = run({ privacy: { dropContent: own } }).spans
    expect(span?.attributes).toMatchObject({ 'ai.response.text': 'secret', 'cost.usd': 1 })
    expect(span?.attributes).not.toHaveProperty(['ai.prompt.messages'])
  })

  test('where an attribute is nested too deeply to look through', () => {
    const deep = '['.repeat(30_000) + ']'.repeat(30_000)
    const attributes = {
      'llm.invocation_parameters': `{"model":${deep}}`,
      'output.value': `{"usage":${deep}}`,
      metadata: `{"a":${deep},"b":"c@d.example"}`,
    }
    const spans = new Recording({ options: { privacy: { dropContent } } })
    end(spans.start('call', { ...leaf, ...secret, ...attributes, 'user.id': 'a@b.example' }), usage)
    const [span] = spans.exporter.spans
    expect(JSON.stringify(span?.attributes)).not.toMatch(/secret|@/)
    expect(span?.attributes['cost.usd']).toBe(1)
  })
})

describe('no rejection ends the process', () => {
  const inAnotherRealm = (source: string) => () => runInNewContext(source) as unknown
  const rejects = [
    ['of this realm', () => Promise.reject(new Error('no'))],
    ['of another realm', inAnotherRealm('Promise.reject(new Error("no"))')],
    ['of a library', inAnotherRealm('({ then: (_, no) => no("no") })')],
    ['whose then throws', inAnotherRealm('({ then() { throw 1 } })')],
    ['whose then cannot be read', inAnotherRealm('({ get then() { throw 1 } })')],
  ] as [string, () => never][]

  test.each(rejects)('onCharge returns a promise %s', (_, onCharge) => {
    const charges: Charge[] = []
    const options = { prices, onCharge: (charge: Charge) => (charges.push(charge), onCharge()) }
    const provider = new BasicTracerProvider({ spanProcessors: [new CostSpanProcessor(options)] })
    end(provider.getTracer('ai').startSpan('call', { attributes: leaf }), usage)
    expect(charges).toHaveLength(1)
  })

  test.each(rejects.slice(0, 4))('a price source returns a promise %s', (_, find) => {
    const options = { prices: [{ version: '1', source: 'override', find }] } as never
    const spans = new Recording({ options })
    end(spans.start('call', genAiLeaf), genAiUsage)
    expect(spans.charges).toMatchObject([{ status: 'unpriced', reason: 'price_source_failed' }])
  })

  test.each(rejects)('a pseudonymizer returns a promise %s', (_, pseudonymize) => {
    const spans = new Recording({ options: { privacy: { pseudonymize } } })
    // A name that no hexadecimal id of a span can contain.
    end(spans.start('call', { ...leaf, 'user.id': 'ursula' }), usage)
    expect(spans.charges).toMatchObject([{ usd: 1, attribution: { redacted: true } }])
    expect(JSON.stringify(spans.exporter.spans)).not.toContain('ursula')
  })
})
