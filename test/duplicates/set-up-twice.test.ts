import { createOpenAI } from '@ai-sdk/openai'
import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base'
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai'
import {
  embedMany,
  generateText,
  isStepCount,
  registerTelemetry,
  streamText,
  tool,
  wrapLanguageModel,
} from 'ai'
import { CostSpanProcessor, withAttribution, type Charge } from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import { CopyingExporter, type ExportedSpan } from '../support/pipeline.ts'
import { capturePrinted } from '../support/printed.ts'

const registry = globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown }
const usage = { uncachedInput: 1200, outputText: 300 }
const printed = capturePrinted()

let failures = 0
let loopback: LoopbackProvider
beforeAll(async () => {
  loopback = await startProvider({
    reply: ({ body }) => {
      if (failures > 0) {
        failures--
        return { failure: { status: 503 } }
      }
      const asked = JSON.stringify(body)
      const callsTool = asked.includes('use the tool') && !asked.includes('function_call_output')
      return callsTool
        ? { toolCalls: [{ name: 'weather', input: { city: 'Lisbon' } }], usage }
        : { text: 'Sunny.', usage }
    },
  })
})
afterAll(() => loopback.close())

/** Where spans go: through a processor, and through an exporter of its own. */
let charges: Charge[] = []
let processed = new CopyingExporter()
let exported = new CopyingExporter()
let provider = new BasicTracerProvider()

beforeEach(() => {
  trace.disable()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  charges = []
  processed = new CopyingExporter()
  exported = new CopyingExporter()
  const costs = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })
  const exporter = new CostSpanExporter<ReadableSpan, { code: 0 }>(exported)
  provider = new BasicTracerProvider({
    spanProcessors: [
      // Before the processor, and without `onEnding` of its own: it exports spans that are not enriched.
      withoutCosts(exporter),
      costs,
      new SimpleSpanProcessor(processed),
    ],
  })
  trace.setGlobalTracerProvider(provider)
  loopback.calls.length = 0
})
afterEach(() => {
  delete registry.AI_SDK_TELEMETRY_INTEGRATIONS
})

/** Exports copies without costs, span by span, as they end. */
function withoutCosts(exporter: CostSpanExporter<ReadableSpan, { code: 0 }>) {
  return {
    onStart: () => {},
    onEnd: (span: ReadableSpan) => {
      const attributes = Object.fromEntries(
        Object.entries(span.attributes).filter(([name]) => !name.startsWith('cost.')),
      )
      const copy = Object.create(span, {
        attributes: { value: attributes },
        [Symbol.for('costspan.enriched')]: { value: undefined, writable: true },
      }) as ReadableSpan
      exporter.export([copy], () => {})
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}

const openai = () => createOpenAI({ baseURL: `${loopback.url}/openai/v1`, apiKey: 'loopback' })
const weather = (execute: () => Promise<string>) => ({
  weather: tool({ inputSchema: z.object({ city: z.string() }), execute }),
})

/** What an application does with AI SDK 7; each of them is billed as often as the provider is asked. */
const applications: Record<string, () => Promise<unknown>> = {
  'one call': () => generateText({ model: openai()('gpt-4o'), prompt: 'Hi' }),
  'calls one after another': async () => {
    for (let index = 0; index < 3; index++) {
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await generateText({ model: openai()('gpt-4o'), prompt: 'Hi' })
    }
  },
  'identical calls at the same time': () =>
    Promise.all(
      Array.from({ length: 6 }, () => generateText({ model: openai()('gpt-4o'), prompt: 'Hi' })),
    ),
  'a stream': () =>
    Promise.resolve(streamText({ model: openai()('gpt-4o'), prompt: 'Hi' }).consumeStream()),
  'identical streams at the same time': () =>
    Promise.all(
      Array.from({ length: 4 }, () =>
        streamText({ model: openai()('gpt-4o'), prompt: 'Hi' }).consumeStream(),
      ),
    ),
  'an embedding in chunks': () =>
    embedMany({
      model: openai().embedding('text-embedding-3-small'),
      values: Array.from({ length: 2100 }, () => 'same'),
    }),
  'a tool': () =>
    generateText({
      model: openai()('gpt-4o'),
      prompt: 'use the tool',
      tools: weather(() => Promise.resolve('sunny')),
      stopWhen: isStepCount(3),
    }),
  'an agent in a tool': () =>
    generateText({
      model: openai()('gpt-4o'),
      prompt: 'use the tool',
      tools: weather(async () => {
        const { text } = await generateText({ model: openai()('gpt-4o'), prompt: 'Hi' })
        return text
      }),
      stopWhen: isStepCount(3),
    }),
  'a middleware that generates': () =>
    generateText({
      model: wrapLanguageModel({
        model: openai()('gpt-4o'),
        middleware: {
          specificationVersion: 'v4',
          wrapGenerate: async ({ doGenerate }) => {
            await generateText({ model: openai()('gpt-4o'), prompt: 'Is that allowed?' })
            return doGenerate()
          },
        },
      }),
      prompt: 'Hi',
    }),
  'a second attempt': () => {
    failures = 1
    return generateText({ model: openai()('gpt-4o'), prompt: 'Hi', maxRetries: 2 })
  },
}

const billed = (): number => loopback.calls.reduce((sum, { usd = 0 }) => sum + usd, 0)
const served = (): number => loopback.calls.filter(({ status }) => status === 200).length
const priced = (spans: readonly ExportedSpan[]): ExportedSpan[] =>
  spans.filter(({ attributes }) => attributes['cost.usd'] !== undefined)
const sumOf = (spans: readonly ExportedSpan[]): number =>
  priced(spans).reduce((sum, { attributes }) => sum + Number(attributes['cost.usd']), 0)

const sets: [string, () => OpenTelemetry[]][] = [
  ['OpenTelemetry twice', () => [new OpenTelemetry(), new OpenTelemetry()]],
  [
    'OpenTelemetry twice, with different options',
    () => [new OpenTelemetry(), new OpenTelemetry({ usage: true, providerMetadata: true })],
  ],
  [
    'OpenTelemetry three times',
    () => [new OpenTelemetry(), new OpenTelemetry(), new OpenTelemetry()],
  ],
  [
    'LegacyOpenTelemetry twice',
    () => [new LegacyOpenTelemetry(), new LegacyOpenTelemetry()] as never,
  ],
  [
    'OpenTelemetry twice, and LegacyOpenTelemetry',
    () => [new OpenTelemetry(), new LegacyOpenTelemetry() as never, new OpenTelemetry()],
  ],
]

describe.each(sets)('with %s', (_, integrations) => {
  test.each(Object.entries(applications))('each call is charged once: %s', async (_name, run) => {
    registerTelemetry(...integrations())
    await withAttribution({ userId: 'ada' }, run)
    await provider.forceFlush()
    for (const { spans } of [processed, exported]) {
      expect(sumOf(spans)).toBeCloseTo(billed(), 9)
      expect(priced(spans)).toHaveLength(served())
    }
    const users = priced(processed.spans).map(({ attributes }) => attributes['user.id'])
    expect(new Set(users)).toEqual(new Set(['ada']))
    expect(charges).toHaveLength(served())
    expect(printed.flat()).toContainEqual(
      expect.stringContaining('several telemetry integrations of AI SDK 7 record every call'),
    )
  })
})

test('calls of several users at the same time are each charged to their own', async () => {
  registerTelemetry(new OpenTelemetry(), new OpenTelemetry())
  const users = Array.from({ length: 8 }, (_, index) => `user-${index}`)
  await Promise.all(
    users.map((userId) =>
      withAttribution({ userId }, () => generateText({ model: openai()('gpt-4o'), prompt: 'Hi' })),
    ),
  )
  const charged = charges.map(({ attribution }) => attribution.userId ?? 'no user')
  expect(charged.toSorted()).toEqual(users)
})

test('the copy has the reason that another span carries the cost', async () => {
  registerTelemetry(new OpenTelemetry(), new OpenTelemetry())
  await generateText({ model: openai()('gpt-4o'), prompt: 'Hi' })
  const chats = processed.spans.filter(({ name }) => name.startsWith('chat'))
  expect(chats.map(({ attributes }) => attributes['cost.reason'])).toEqual([
    undefined,
    'carried_by_another_span',
  ])
})

test('an instrumented client below the second of two integrations is charged once', async () => {
  registerTelemetry(new OpenTelemetry(), new OpenTelemetry())
  const instrumented = trace.getTracer(new OpenAIInstrumentation().instrumentationName)
  const model = wrapLanguageModel({
    model: openai()('gpt-4o'),
    middleware: {
      specificationVersion: 'v4',
      // As an instrumentation of the client, with the response's id.
      wrapGenerate: ({ doGenerate }) =>
        instrumented.startActiveSpan(
          'chat gpt-4o',
          {
            attributes: {
              'gen_ai.operation.name': 'chat',
              'gen_ai.provider.name': 'openai',
              'gen_ai.request.model': 'gpt-4o',
            },
          },
          async (span) => {
            const result = await doGenerate()
            span
              .setAttributes({
                'gen_ai.response.id': result.response?.id ?? '',
                'gen_ai.usage.input_tokens': usage.uncachedInput,
                'gen_ai.usage.output_tokens': usage.outputText,
              })
              .end()
            return result
          },
        ),
    },
  })
  await Promise.all([generateText({ model, prompt: 'Hi' }), generateText({ model, prompt: 'Hi' })])
  expect(sumOf(processed.spans)).toBeCloseTo(billed(), 9)
})

describe('with several processors', () => {
  const doubled: [
    string,
    (one: CostSpanProcessor, other: CostSpanProcessor) => CostSpanProcessor[],
  ][] = [
    ['two', (one, other) => [one, other]],
    ['one twice', (one) => [one, one]],
    ['two, each twice', (one, other) => [one, other, one, other]],
  ]

  test.each(doubled)('%s: onCharge is called once for each call', async (_, arrange) => {
    const reported: Charge[] = []
    const onCharge = (charge: Charge): void => void reported.push(charge)
    const create = (): CostSpanProcessor => new CostSpanProcessor({ onCharge })
    const spans = new CopyingExporter()
    const twice = new BasicTracerProvider({
      spanProcessors: [...arrange(create(), create()), new SimpleSpanProcessor(spans)],
    })
    trace.disable()
    trace.setGlobalTracerProvider(twice)
    registerTelemetry(new OpenTelemetry())
    await Promise.all([applications['a tool']?.(), applications['a stream']?.()])
    expect(reported).toHaveLength(served())
    expect(sumOf(spans.spans)).toBeCloseTo(billed(), 9)
  })

  test('the only processor with onCharge calls it, whichever comes first', async () => {
    for (const isFirst of [true, false]) {
      const reported: Charge[] = []
      const reporting = new CostSpanProcessor({ onCharge: (charge) => reported.push(charge) })
      const silent = new CostSpanProcessor()
      const tracer = new BasicTracerProvider({
        spanProcessors: isFirst ? [reporting, silent] : [silent, reporting],
      }).getTracer('client')
      const attributes = {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.provider.name': 'openai',
        'gen_ai.usage.input_tokens': 1000,
        'gen_ai.usage.output_tokens': 100,
      }
      tracer.startSpan('chat', { attributes }).end()
      expect(reported).toHaveLength(1)
    }
  })
})
