import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { context, propagation, SpanKind, trace, type Span } from '@opentelemetry/api'
import { ALLOW_ALL_BAGGAGE_KEYS, BaggageSpanProcessor } from '@opentelemetry/baggage-span-processor'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge } from 'costspan'
import { costFetch, type CostFetchOptions } from 'costspan/clients'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CopyingExporter } from '../support/pipeline.ts'

const exporter = new CopyingExporter()
const charges: Charge[] = []
const closing: (() => void)[] = []
let costs: CostSpanProcessor

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  costs = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge), warnings: () => {} })
  const spanProcessors = [
    new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS),
    costs,
    new SimpleSpanProcessor(exporter),
  ]
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }))
})
afterEach(async () => {
  for (const close of closing.splice(0)) close()
  await costs.shutdown()
  trace.disable()
  context.disable()
  exporter.spans.length = 0
  charges.length = 0
})

/** Starts a server, and returns its URL. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const usage = { prompt_tokens: 1000, completion_tokens: 2000, total_tokens: 3000 }

/** The cost of {@link usage}. */
const USD = 0.0225

/** Answers each request after a while; the first ones are refused. */
function chat({ refused = 0, milliseconds = 0 } = {}): RequestListener {
  let requests = 0
  return async (_request, response) => {
    const number = ++requests
    response.statusCode = number > refused ? 200 : 503
    await sleep(milliseconds)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ id: `chat-${number}`, model: 'gpt-4o', choices: [], usage }))
  }
}

function startCall(provider = 'openai', model = 'gpt-4o', parent = context.active()): Span {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
  }
  const tracer = trace.getTracer('some-instrumentation')
  return tracer.startSpan(`chat ${model}`, { kind: SpanKind.CLIENT, attributes }, parent)
}

function inside<Result>(span: Span, run: () => Result): Result {
  return context.with(trace.setSpan(context.active(), span), run)
}

/** Sends a request, and reads its answer. */
async function ask(url: string, options: CostFetchOptions = {}): Promise<void> {
  const answer = await costFetch({ provider: 'openai', ...options })(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'gpt-4o', messages: [] }),
  })
  await answer.text()
}

const costsOf = (given: readonly Charge[]): unknown[] => given.map(({ usd }) => usd)

test('the baggage of a request does not make a call one that was not sent', () => {
  const baggage = propagation.createBaggage({
    'error.type': { value: 'not_sent' },
    'cost.not_sent': { value: 'true' },
  })
  context.with(propagation.setBaggage(context.active(), baggage), () => startCall().end())
  expect(charges.map(({ status }) => status)).toEqual(['unknown_usage'])
})

test('a request that is not sent is no cost, and one that is sent after it is', async () => {
  const url = await serve(chat())
  const closed = await serve(chat())
  closing.pop()?.()
  const span = startCall()
  await inside(span, async () => {
    await expect(ask(closed)).rejects.toThrow('fetch failed')
    await ask(url)
  })
  span.end()
  const other = startCall()
  await inside(other, () => expect(ask(closed)).rejects.toThrow('fetch failed'))
  other.end()
  expect(costsOf(charges)).toEqual([USD, undefined])
  expect(charges[1]).toMatchObject({ status: 'call_failed', reason: 'not_sent' })
})

test('two requests at once inside of a call span are charged once each', async () => {
  const url = await serve(chat({ milliseconds: 50 }))
  const span = startCall()
  await inside(span, () => Promise.all([ask(url), ask(url)]))
  span.end()
  expect(costsOf(charges)).toEqual([USD, USD])
})

test('a request in the context of a call span that has ended is a call of its own', async () => {
  const url = await serve(chat())
  const span = startCall()
  span.setAttributes({ 'gen_ai.usage.input_tokens': 0, 'gen_ai.usage.output_tokens': 1000 })
  span.end()
  await inside(span, () => ask(url))
  expect(costsOf(charges)).toEqual([0.01, USD])
})

test('an attempt that succeeds after a refusal is charged, also on a span that never ends', async () => {
  const url = await serve(chat({ refused: 1 }))
  const parent = trace.getTracer('web').startSpan('GET /')
  const span = startCall('openai', 'gpt-4o', trace.setSpan(context.active(), parent))
  await inside(span, async () => {
    await ask(url)
    parent.end()
    expect(costsOf(charges)).toEqual([undefined])
    await ask(url)
  })
  await costs.shutdown()
  expect(costsOf(charges)).toEqual([undefined, USD])
  expect(new Set(charges.map(({ spanId }) => spanId)).size).toBe(1)
})

const opening = {
  type: 'message_start',
  message: {
    id: 'message-1',
    model: 'claude-sonnet-4-5',
    usage: {
      input_tokens: 1000,
      output_tokens: 1,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
    },
  },
}
const ending = [
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5000 } },
  { type: 'message_stop' },
]

/** Streams the opening of a message, and the rest a while later. */
function message(events: readonly { type: string }[] = ending): RequestListener {
  return async (_request, response) => {
    const send = (event: { type: string }): unknown =>
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    response.setHeader('content-type', 'text/event-stream')
    send(opening)
    await sleep(100)
    events.forEach(send)
    if (events.length > 0) response.end()
  }
}

async function askForMessage(url: string, options: CostFetchOptions = {}): Promise<Response> {
  return costFetch({ provider: 'anthropic', ...options })(`${url}/v1/messages`, {
    method: 'POST',
    body: JSON.stringify({
      model: 'claude-sonnet-4-5',
      max_tokens: 8000,
      stream: true,
      messages: [],
    }),
  })
}

/** Ends the span of a message after its first event, and returns the reader of the rest. */
async function endEarly(options?: CostFetchOptions, events?: readonly { type: string }[]) {
  const url = await serve(message(events))
  const span = startCall('anthropic', 'claude-sonnet-4-5')
  const { body } = await inside(span, () => askForMessage(url, options))
  const reader = body!.getReader()
  await reader.read()
  span.end()
  return reader
}

test('a call whose span ends before its answer is charged once, by all of the answer', async () => {
  const reader = await endEarly()
  expect(charges).toEqual([])
  expect(exporter.spans[0]?.attributes).toMatchObject({
    'cost.status': 'estimated',
    'cost.reason': 'stopped',
    'cost.unfinished_calls': 1,
  })
  while (!(await reader.read()).done);
  expect(charges.map(({ usd, status }) => [usd, status])).toEqual([[0.078, 'priced']])
  await costs.shutdown()
  expect(charges).toHaveLength(1)
})

test('an answer that is read on after the span has ended is charged by all of it', async () => {
  const reader = await endEarly({ readToEnd: true })
  await reader.cancel()
  await expect.poll(() => costsOf(charges)).toEqual([0.078])
})

test('an answer that goes on at the shutdown is charged by what has arrived', async () => {
  await endEarly({}, [])
  await costs.shutdown()
  expect(charges.map(({ status, reason }) => [status, reason])).toEqual([['estimated', 'stopped']])
})
