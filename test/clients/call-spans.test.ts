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
