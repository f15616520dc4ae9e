import { channel, tracingChannel } from 'node:diagnostics_channel'
import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { embed, generateText, registerTelemetry, streamText } from 'ai'
import { generateText as generateTextOfAiSdk6 } from 'ai-6'
import { MockLanguageModelV3 } from 'ai-6/test'
import { MockEmbeddingModelV4, MockLanguageModelV4, simulateReadableStream } from 'ai/test'
import { CostSpanProcessor, selfCheck } from 'costspan'
import { attributedTo, costTelemetry } from 'costspan/ai-sdk'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { capturePrinted } from '../support/printed.ts'
import { forgetSetUp, found } from '../support/self-check-suite.ts'

const registry = globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown }
const usage = {
  inputTokens: { total: 10, noCache: 10, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 5, text: 5, reasoning: 0 },
}
const finishReason = { unified: 'stop' as const, raw: 'stop' }
const answer = {
  content: [{ type: 'text' as const, text: 'sunny' }],
  finishReason,
  usage,
  warnings: [],
}
const model = new MockLanguageModelV4({
  provider: 'openai.chat',
  modelId: 'gpt-4o',
  doGenerate: answer,
  doStream: () =>
    Promise.resolve({
      stream: simulateReadableStream({
        chunks: [
          { type: 'text-start', id: '1' },
          { type: 'text-delta', id: '1', delta: 'sunny' },
          { type: 'text-end', id: '1' },
          { type: 'finish', finishReason, usage },
        ],
      }),
    }),
})
const failing = new MockLanguageModelV4({ doGenerate: () => Promise.reject(new Error('refused')) })
const embedding = new MockEmbeddingModelV4({
  provider: 'openai.embedding',
  modelId: 'text-embedding-3-small',
  doEmbed: { embeddings: [[0.1]], usage: { tokens: 10 }, warnings: [] },
})

const generate = (options: object = {}) => generateText({ model, prompt: 'Hi', ...options })
const isWatched = (): boolean => channel('tracing:ai:telemetry:asyncEnd').hasSubscribers

const printed = capturePrinted()
beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  setUp()
})
afterEach(async () => {
  delete registry.AI_SDK_TELEMETRY_INTEGRATIONS
  // What was waited for has come, so that no test leaves a subscriber behind.
  if (isWatched()) await generate()
  forgetSetUp()
})

function setUp(sampler?: AlwaysOffSampler): void {
  trace.disable()
  const spanProcessors = [new CostSpanProcessor()]
  const provider = new BasicTracerProvider({ spanProcessors, ...(sampler && { sampler }) })
  trace.setGlobalTracerProvider(provider)
}

const lines = (): string[] => printed.map(String).filter((line) => line.includes('AI SDK 7 makes'))

describe('a call of AI SDK 7 without an integration', () => {
  const operations: Record<string, () => Promise<unknown>> = {
    generateText: () => generate(),
    streamText: () => Promise.resolve(streamText({ model, prompt: 'Hi' }).consumeStream()),
    embed: () => embed({ model: embedding, value: 'Hi' }),
    'generateText with attributedTo': () => generate(attributedTo({ userId: 'ada' })),
  }

  test.each(Object.entries(operations))('is found and printed: %s', async (_, run) => {
    expect(selfCheck()).toEqual([])
    expect(isWatched()).toBe(true)
    await run()
    expect(isWatched()).toBe(false)
    expect(selfCheck()).toEqual([
      {
        id: 'no-integration',
        severity: 'error',
        message: expect.stringContaining('registerTelemetry(new OpenTelemetry(costTelemetry()))'),
      },
    ])
    await run()
    expect(lines()).toHaveLength(1)
  })

  test('is found by the first that succeeds', async () => {
    await expect(generateText({ model: failing, prompt: 'Hi', maxRetries: 0 })).rejects.toThrow(
      'refused',
    )
    expect(isWatched()).toBe(true)
    await generate()
    expect(found()).toEqual(['no-integration'])
  })

  test('is no fault any more once another instrumentation has written a call', async () => {
    await generate()
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 10 }
    trace.getTracer('my-app').startSpan('chat', { attributes }).end()
    expect(found()).toEqual([])
  })

  test('is no fault any more once an integration is registered', async () => {
    await generate()
    registerTelemetry(new OpenTelemetry(costTelemetry()))
    expect(selfCheck()).toEqual([])
  })

  test.each<[string, () => PromiseLike<unknown>, unknown]>([
    ['a text', async () => (await generate()).text, 'sunny'],
    ['a stream', () => streamText({ model, prompt: 'Hi' }).text, 'sunny'],
    ['an embedding', async () => (await embed({ model: embedding, value: 'Hi' })).embedding, [0.1]],
  ])('returns the same while the channel has a subscriber: %s', async (_, run, expected) => {
    expect(isWatched()).toBe(true)
    expect(await run()).toEqual(expected)
    expect(isWatched()).toBe(false)
    expect(await run()).toEqual(expected)
  })
})

describe('no fault is found', () => {
  test.each([
    ['OpenTelemetry', () => new OpenTelemetry(costTelemetry())],
    ['LegacyOpenTelemetry', () => new LegacyOpenTelemetry() as never],
  ])('with %s registered', async (_, integration) => {
    registerTelemetry(integration())
    await generate()
    expect(selfCheck()).toEqual([])
    expect(isWatched()).toBe(false)
  })

  test.each<[string, (integrations: OpenTelemetry[]) => Promise<unknown>]>([
    ['a generation', (integrations) => generate({ telemetry: { integrations } })],
    [
      'an embedding',
      (integrations) => embed({ model: embedding, value: 'Hi', telemetry: { integrations } }),
    ],
  ])('with an integration of the call alone: %s', async (_, run) => {
    await run([new OpenTelemetry(costTelemetry())])
    expect(selfCheck()).toEqual([])
    expect(isWatched()).toBe(false)
    expect(lines()).toEqual([])
  })

  test('with the telemetry of the call switched off', async () => {
    await generate({ telemetry: { isEnabled: false } })
    expect(selfCheck()).toEqual([])
  })

  test('with a call of AI SDK 6', async () => {
    const older = new MockLanguageModelV3({ doGenerate: answer })
    await generateTextOfAiSdk6({ model: older, prompt: 'Hi' })
    expect(selfCheck()).toEqual([])
    expect(isWatched()).toBe(true)
  })
})

test('the options of OpenTelemetry that a price may depend on are a warning', () => {
  registerTelemetry(new OpenTelemetry())
  expect(selfCheck()).toEqual([
    {
      id: 'integration-options',
      severity: 'warning',
      message: expect.stringContaining('usage or providerMetadata'),
    },
  ])
})

test('a sampler that drops every AI span is printed at the first call', async () => {
  setUp(new AlwaysOffSampler())
  registerTelemetry(new OpenTelemetry(costTelemetry()))
  await generate()
  expect(found()).toEqual(['sampler-drops'])
  expect(printed.map(String)).toEqual([expect.stringContaining('the sampler drops')])
})

test('the channel has one subscriber, however many processors there are, and none after the first call', async () => {
  const more = [new CostSpanProcessor(), new CostSpanProcessor()]
  await generate()
  expect(isWatched()).toBe(false)
  expect(tracingChannel('ai:telemetry').hasSubscribers).toBe(false)
  await Promise.all(more.map((processor) => processor.shutdown()))
  setUp()
  expect(isWatched()).toBe(false)
})

test('after shutdown no call is reported but the processor that is gone', async () => {
  forgetSetUp()
  const processor = new CostSpanProcessor()
  await processor.shutdown()
  await generate()
  expect(lines()).toEqual([])
  expect(found()).toContain('processor-missing')
})

test('the channel has no subscriber once all processors are shut down, and one for the next that is created', async () => {
  await generate()
  forgetSetUp()
  const [first, second] = [new CostSpanProcessor(), new CostSpanProcessor()]
  await first.shutdown()
  expect(isWatched()).toBe(true)
  await second.shutdown()
  expect(isWatched()).toBe(false)
  await second.shutdown()
  const third = new CostSpanProcessor()
  expect(isWatched()).toBe(true)
  await generate()
  expect(isWatched()).toBe(false)
  await third.shutdown()
})
