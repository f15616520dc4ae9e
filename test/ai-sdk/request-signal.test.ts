import { setTimeout as sleep } from 'node:timers/promises'
import { OpenTelemetry } from '@ai-sdk/otel'
import { createOpenAI } from '@ai-sdk/openai'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { streamText } from 'ai'
import { CostSpanProcessor } from 'costspan'
import { costTelemetry, attributedTo } from 'costspan/ai-sdk'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import { CopyingExporter } from '../support/pipeline.ts'

const exporter = new CopyingExporter()
let provider: LoopbackProvider

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({
      spanProcessors: [new CostSpanProcessor(), new SimpleSpanProcessor(exporter)],
    }),
  )
  const integrations = [new OpenTelemetry(costTelemetry())]
  Object.assign(globalThis, { AI_SDK_TELEMETRY_INTEGRATIONS: integrations })
  provider = await startProvider({
    reply: () => ({
      text: 'A long answer that is not read to its end.',
      usage: { uncachedInput: 1000, outputText: 200 },
      pauseMilliseconds: 200,
    }),
  })
})
afterAll(() => provider.close())
beforeEach(() => {
  exporter.spans.length = 0
  provider.calls.length = 0
})

/** A route whose reader leaves after the first bytes, with a signal of the stream or none. */
async function readerLeaves(signalOf: (request: Request) => AbortSignal | undefined) {
  const browser = new AbortController()
  const request = new Request('http://127.0.0.1/', { signal: browser.signal })
  const openai = createOpenAI({ baseURL: `${provider.url}/openai/v1`, apiKey: 'loopback' })
  const abortSignal = signalOf(request)
  const answer = streamText({
    model: openai('gpt-4o'),
    prompt: 'Hello',
    ...(abortSignal && { abortSignal }),
    onError: () => {},
    ...attributedTo({ userId: 'ada' }),
  })
  const after = answer.consumeStream() // in Next.js inside `after`
  const reader = answer.toUIMessageStreamResponse().body?.getReader()
  const decoder = new TextDecoder()
  for (let read = ''; !read.includes('text-delta');) {
    const { value, done } = (await reader?.read()) ?? { done: true }
    if (done) throw new Error('the answer ended before its reader left')
    read += decoder.decode(value)
  }
  browser.abort()
  // Next.js cancels the response once the signal has fired.
  const cancelled = sleep(20).then(() => reader?.cancel().catch(() => {}))
  await Promise.all([after, cancelled])
  return vi.waitFor(() => {
    const call = exporter.spans.find(({ attributes }) => attributes['cost.status'] !== undefined)
    if (call === undefined) throw new Error('the call has not ended')
    return call.attributes
  }, 5000)
}

test('the signal of the request undoes consumeStream: what the answer cost is unknown', async () => {
  const attributes = await readerLeaves((request) => request.signal)
  expect(attributes).toMatchObject({ 'cost.status': 'unknown_usage', 'user.id': 'ada' })
  expect(attributes).not.toHaveProperty('cost.usd')
})

test.each<[string, (request: Request) => AbortSignal | undefined]>([
  ['no signal', () => undefined],
  ['a timeout', () => AbortSignal.timeout(60_000)],
  ['a stop of its own', () => new AbortController().signal],
  [
    'a stop of its own and a timeout',
    () => AbortSignal.any([new AbortController().signal, AbortSignal.timeout(60_000)]),
  ],
])('with %s the whole answer is priced, though its reader leaves', async (_, signalOf) => {
  const attributes = await readerLeaves(signalOf)
  expect(attributes).toMatchObject({ 'cost.status': 'priced', 'user.id': 'ada' })
  expect(attributes['cost.usd']).toBeCloseTo(provider.calls[0]?.usd ?? Number.NaN, 9)
})
