import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel'
import { createOpenAI } from '@ai-sdk/openai'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { generateText, isStepCount, tool } from 'ai'
import { CostSpanProcessor, withAttribution } from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { costTelemetry } from 'costspan/ai-sdk'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { forgetPrinted } from '../support/printed.ts'
import { z } from 'zod'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import { CopyingExporter, type ExportedSpan } from '../support/pipeline.ts'

let provider: LoopbackProvider
let exporter = new CopyingExporter()

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  provider = await startProvider({
    reply: ({ body }) => {
      const usage = { uncachedInput: 100, cacheRead: 50, outputText: 20, reasoning: 8 }
      const isAgain = JSON.stringify(body).includes('function_call_output')
      const asks = JSON.stringify(body).includes('"weather"') && !isAgain
      return asks
        ? { toolCalls: [{ name: 'weather', input: { city: 'Bern' } }], usage }
        : { text: 'Sunny.', usage }
    },
  })
})
afterAll(() => provider.close())
beforeEach(() => {
  exporter = new CopyingExporter()
})

/** Two steps with a tool that asks a model of its own, for the user in the runtime context. */
async function run(integration: OpenTelemetry, userId: string | undefined): Promise<void> {
  const openai = createOpenAI({ baseURL: `${provider.url}/openai/v1`, apiKey: 'loopback' })
  const telemetry = {
    integrations: [integration],
    includeRuntimeContext: { userId: true, plan: true },
  }
  const weather = tool({
    inputSchema: z.object({ city: z.string() }),
    execute: async () =>
      (
        await generateText({
          model: openai('gpt-4o'),
          prompt: 'Look out.',
          telemetry: { integrations: [integration] },
        })
      ).text,
  })
  await generateText({
    model: openai('gpt-5'),
    prompt: 'How is the weather?',
    tools: { weather },
    stopWhen: isStepCount(3),
    runtimeContext: { userId, plan: 'pro', secret: 'not included' },
    telemetry,
  })
}

function calls(): ExportedSpan[] {
  return exporter.spans.filter(({ attributes }) => attributes['gen_ai.operation.name'] === 'chat')
}

function telemetryOver(
  spanProcessors: ConstructorParameters<typeof BasicTracerProvider>[0],
): OpenTelemetry {
  const tracer = new BasicTracerProvider(spanProcessors).getTracer('gen_ai')
  return new OpenTelemetry({ ...costTelemetry(), tracer })
}

test('puts the user of a runtime context on the call itself, for an exporter that knows no parents', async () => {
  const memory = new InMemorySpanExporter()
  const processor = new SimpleSpanProcessor(new CostSpanExporter(memory))
  await run(telemetryOver({ spanProcessors: [processor] }), 'ada')
  const spans = memory.getFinishedSpans()
  const own = spans.filter(({ name }) => name === 'chat gpt-5')
  expect(own).toHaveLength(2)
  for (const { attributes } of own) {
    expect(attributes).toMatchObject({
      'user.id': 'ada',
      'cost.plan': 'pro',
      'cost.status': 'priced',
      'ai.usage.outputTokenDetails.reasoningTokens': 8,
    })
  }
  for (const { attributes } of spans) {
    expect(JSON.stringify(attributes)).not.toContain('not included')
  }
})

test('lets the processor attribute calls of a tool to that user, not to one further out', async () => {
  const spanProcessors = [new CostSpanProcessor(), new SimpleSpanProcessor(exporter)]
  await withAttribution({ userId: 'another-user' }, () =>
    run(telemetryOver({ spanProcessors }), 'ada'),
  )
  expect(calls()).toHaveLength(3)
  expect(calls().map(({ attributes }) => attributes['user.id'])).toEqual(['ada', 'ada', 'ada'])
})

test('leaves the attribution of withAttribution where the runtime context names no user', async () => {
  const spanProcessors = [new CostSpanProcessor(), new SimpleSpanProcessor(exporter)]
  await withAttribution({ userId: 'eve' }, () => run(telemetryOver({ spanProcessors }), undefined))
  expect(calls().map(({ attributes }) => attributes['user.id'])).toEqual(['eve', 'eve', 'eve'])
})

test('ignores what cannot be an id', () => {
  const { enrichSpan } = costTelemetry()
  expect(enrichSpan({})).toEqual({})
  const odd = { userId: { id: 1 }, tenantId: '', plan: Number.NaN, user_id: 7 }
  expect(enrichSpan({ runtimeContext: odd })).toEqual({ 'ai.settings.context.user_id': '7' })
})

test.each([
  ['OpenTelemetry', OpenTelemetry],
  ['LegacyOpenTelemetry', LegacyOpenTelemetry],
])(
  'tells old code, once, that %s of AI SDK 7 ignores metadata, and what to do',
  async (_, Integration) => {
    forgetPrinted()
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const spanProcessors = [new CostSpanProcessor(), new SimpleSpanProcessor(exporter)]
    const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('old code')
    const openai = createOpenAI({ baseURL: `${provider.url}/openai/v1`, apiKey: 'loopback' })
    for (const prompt of ['One', 'Two']) {
      const metadata = { userId: 'zoe-77' }
      const telemetry = { integrations: [new Integration({ tracer })], metadata }
      await generateText({ model: openai('gpt-4o'), prompt, telemetry })
    }
    const warnings = warn.mock.calls.map(String)
    warn.mockRestore()
    const ignored = warnings.filter((message) => message.includes('ignores `metadata`'))
    expect(ignored).toEqual([expect.stringContaining('withAttribution')])
    expect(ignored[0]).toContain('runtimeContext')
    expect(ignored[0]).not.toContain('zoe')
  },
)
