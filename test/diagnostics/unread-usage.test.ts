import { context, metrics, trace, type Attributes } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor } from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { leaf, tool } from '../support/attributed-spans.ts'
import { capturePrinted } from '../support/printed.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())
const memory = new InMemoryMetricExporter(AggregationTemporality.DELTA)
const reader = new PeriodicExportingMetricReader({
  exporter: memory,
  exportIntervalMillis: 3_600_000,
})
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
afterAll(async () => {
  await reader.shutdown()
  metrics.disable()
})

const printed = capturePrinted()

/** How many spans `costspan.unread_spans` has counted since the last look. */
async function counted(): Promise<number> {
  await reader.forceFlush()
  const spans = memory
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === 'costspan.unread_spans')
    .flatMap(({ dataPoints }) => dataPoints.map(({ value }) => Number(value)))
  memory.reset()
  return spans.reduce((sum, value) => sum + value, 0)
}

let provider = new BasicTracerProvider()
function register(...spanProcessors: SpanProcessor[]): void {
  provider = new BasicTracerProvider({ spanProcessors })
}

beforeEach(async () => {
  register(new CostSpanProcessor())
  await counted()
})

interface Written {
  readonly start?: Attributes
  readonly end?: Attributes
  readonly scope?: string
  readonly inside?: () => void
}

function span({ start = {}, end = {}, scope = 'my-app', inside = () => {} }: Written): void {
  const started = provider.getTracer(scope).startSpan('work', { attributes: start })
  context.with(trace.setSpan(context.active(), started), inside)
  started.setAttributes(end)
  started.end()
}

describe('usage that no rule reads is printed once and counted', () => {
  test.each<[string, Written]>([
    [
      'a span whose kind is written only after its start',
      {
        end: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'gpt-4o',
          'gen_ai.usage.input_tokens': 1000,
          'gen_ai.usage.output_tokens': 100,
        },
      },
    ],
    ['GenAI usage without an operation', { end: { 'gen_ai.usage.input_tokens': 1000 } }],
    ['LangSmith and old Traceloop', { end: { 'gen_ai.usage.prompt_tokens': 7 } }],
    ['a cost alone', { end: { 'gen_ai.usage.cost': 0.01 } }],
    ['OpenInference without its kind', { end: { 'llm.token_count.prompt': 9 } }],
    ['Traceloop', { end: { 'llm.usage.total_tokens': 12 } }],
    ['the AI SDK under another id', { end: { 'ai.usage.promptTokens': 3 } }],
    ['Sentry 8', { end: { 'ai.prompt_tokens.used': 3 } }],
    ['VoltAgent', { end: { 'usage.prompt_tokens': 3 } }],
    ['names of its own', { end: { 'llm.tokens.in': 5, 'llm.tokens.out': 1 } }],
    ['names without a prefix', { end: { input_tokens: 350, output_tokens: 120 } }],
    ['Google in camel case', { end: { promptTokenCount: 350 } }],
    ['tokens alone', { end: { tokens: 350 } }],
    ['tokens of usage', { end: { 'usage.tokens': 350 } }],
    ['tokens of a step that ends alike', { end: { 'llm.generate_tokens': 350 } }],
    ['tokens by direction', { end: { 'chat.tokens.output': 350 } }],
    ['a cost of an AI library', { end: { 'llm.cost.total': 0.2 } }],
    ['a total', { end: { 'usage.total_tokens': 350 } }],
    ['text for a number', { end: { 'gen_ai.usage.input_tokens': '1000' } }],
    ['Langfuse', { end: { 'langfuse.observation.usage_details': '{"input":12,"output":3}' } }],
    ['MLflow', { end: { 'mlflow.chat.tokenUsage': '{"input_tokens": 7}' } }],
    ['Langtrace', { end: { token_counts: '{"prompt_tokens":16,"completion_tokens":20}' } }],
    ['attributes from the start', { start: { 'llm.usage.prompt_tokens': 7 } }],
  ])('%s', async (_, written) => {
    span(written)
    span(written)
    expect(printed).toEqual([
      [
        expect.stringMatching(
          /^costspan: a span of tracer "my-app" carries usage of a model.*cost is unknown.*recordCall/,
        ),
      ],
    ])
    expect(await counted()).toBe(2)
  })

  test('of a span below an AI span that is no call', async () => {
    span({
      start: { ...tool, 'user.id': 'ada' },
      inside: () => span({ end: { 'llm.usage.prompt_tokens': 7 } }),
    })
    expect(printed).toHaveLength(1)
    expect(await counted()).toBe(1)
  })

  test('by an exporter, and by both once', async () => {
    const exporter = new CostSpanExporter(new InMemorySpanExporter())
    register(new SimpleSpanProcessor(exporter))
    span({ end: { 'llm.usage.prompt_tokens': 7 } })
    expect(await counted()).toBe(1)
    register(new CostSpanProcessor(), new CostSpanProcessor(), new SimpleSpanProcessor(exporter))
    span({ end: { 'llm.usage.prompt_tokens': 7 } })
    expect(await counted()).toBe(1)
    expect(printed).toHaveLength(1)
  })

  test('without a value, a user or a prompt in the line', async () => {
    span({
      scope: 'tracer of ada@example.com',
      start: { 'user.id': 'ada', 'gen_ai.prompt': 'tell me a secret', 'cost.tag.team': 'blue' },
      end: { 'gen_ai.usage.input_tokens': 987_654 },
    })
    expect(printed).toHaveLength(1)
    expect(JSON.stringify(printed)).not.toMatch(/ada|secret|blue|987/)
  })
})

describe('nothing is unread', () => {
  test.each<[string, Written]>([
    ['on a call', { start: { ...leaf, 'user.id': 'ada' } }],
    [
      'on a span that is stated to group',
      {
        start: { 'gen_ai.operation.name': 'invoke_agent' },
        end: { 'gen_ai.usage.input_tokens': 7 },
      },
    ],
    [
      'on an AI span of OpenInference whose kind is written late',
      {
        scope: '@arizeai/openinference-x',
        end: { 'openinference.span.kind': 'AGENT', 'llm.token_count.prompt': 7 },
      },
    ],
    ['where usage is 0', { end: { 'gen_ai.usage.input_tokens': 0, token_counts: '{"a":0}' } }],
    ['where it is no number', { end: { 'gen_ai.usage.input_tokens': NaN, 'llm.usage.x': 'none' } }],
    [
      'in limits and requests',
      {
        end: {
          'gen_ai.request.max_tokens': 7,
          max_input_tokens: 9,
          'ratelimit.tokens.remaining': 3,
          'llm.token_budget.input': 2,
        },
      },
    ],
    [
      'in other usage',
      {
        end: {
          'cpu.usage.total': 7,
          'process.memory.usage': 9,
          'disk.input': 4,
          'auth.token': '7',
        },
      },
    ],
    ...[
      'push.tokens',
      'refresh_tokens',
      'rate.tokens',
      'device.tokens.total',
      'push_token_count',
      'rate.tokens.input',
      'ai.cost_center',
      'ai.costCentre',
      'ai.refresh_tokens',
      'ai.tokenizer.version',
    ].map((name): [string, Written] => [`in ${name}`, { end: { [name]: 7 } }]),
    [
      'on spans of HTTP',
      {
        scope: '@opentelemetry/instrumentation-http',
        end: { 'http.response.status_code': 200, 'http.request.body.size': 1000 },
      },
    ],
    [
      'on a summary above calls',
      {
        end: { 'gen_ai.usage.input_tokens': 10 },
        inside: () => span({ start: { ...leaf, 'user.id': 'ada' } }),
      },
    ],
    [
      'on what is inside a call',
      {
        start: { ...leaf, 'user.id': 'ada' },
        inside: () => span({ end: { 'llm.usage.prompt_tokens': 10 } }),
      },
    ],
  ])('%s', async (_, written) => {
    span(written)
    expect(printed).toEqual([])
    expect(await counted()).toBe(0)
  })
})

describe('nothing is unread by an exporter alone', () => {
  let batch: ReadableSpan[] = []
  const exporter = () => new CostSpanExporter<ReadableSpan, unknown>(new InMemorySpanExporter())

  beforeEach(() => {
    batch = []
    register({
      onStart: () => {},
      onEnd: (ended) => void batch.push(ended),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    })
  })

  const call = (): void => span({ start: { ...leaf, 'user.id': 'ada' } })
  const summary = (inside: () => void): void =>
    span({ end: { 'gen_ai.usage.input_tokens': 10 }, inside })

  const trees: readonly (readonly [what: string, write: () => void])[] = [
    ['on a summary above a call', () => summary(call)],
    ['above several calls', () => summary(() => [1, 2, 3].forEach(call))],
    ['above a span of an application', () => summary(() => span({ inside: call }))],
    ['above another summary', () => summary(() => summary(call))],
    ['above a tool', () => summary(() => span({ start: tool, inside: call }))],
    [
      'above a group',
      () =>
        summary(() => span({ start: { 'gen_ai.operation.name': 'invoke_agent' }, inside: call })),
    ],
  ]

  test.each(trees)('%s, in one batch, span by span, and in either order', async (_, write) => {
    write()
    exporter().export(batch, () => {})
    exporter().export(batch.toReversed().map(copy), () => {})
    const alone = exporter()
    for (const ended of batch) alone.export([copy(ended)], () => {})
    expect(printed).toEqual([])
    expect(await counted()).toBe(0)
  })

  test('on what is inside a call of the same batch', async () => {
    span({
      start: { ...leaf, 'user.id': 'ada' },
      inside: () => span({ end: { 'llm.usage.prompt_tokens': 10 } }),
    })
    exporter().export(batch, () => {})
    expect(await counted()).toBe(0)
  })

  test('but beside calls it is', async () => {
    span({
      inside: () => {
        call()
        summary(() => {})
      },
    })
    exporter().export(batch, () => {})
    expect(printed).toEqual([[expect.stringContaining('carries usage of a model')]])
    expect(await counted()).toBe(1)
  })
})

function copy(ended: ReadableSpan): ReadableSpan {
  return Object.create(ended) as ReadableSpan
}
