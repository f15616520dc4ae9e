import { setImmediate as turn } from 'node:timers/promises'
import {
  context as contextApi,
  propagation,
  ROOT_CONTEXT,
  trace,
  type Context,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { ALLOW_ALL_BAGGAGE_KEYS, BaggageSpanProcessor } from '@opentelemetry/baggage-span-processor'
import { W3CBaggagePropagator } from '@opentelemetry/core'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge, type SpanLike } from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { recordCall } from 'costspan/record'
import { describe, expect, test } from 'vitest'
import { CopyingExporter } from '../support/pipeline.ts'
import { genAiLeaf, genAiUsage, leaf, prices, root, usage } from '../support/sdk-2.ts'

contextApi.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())

type Order = 'costspan first' | 'baggage first' | 'baggage on both sides' | 'no copying'

/** The context of a request with such a header, as the propagator of OpenTelemetry reads it. */
function requestWith(header: Record<string, string>): Context {
  const baggage = Object.entries(header)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join(',')
  const getter = {
    get: (carrier: { baggage: string }) => carrier.baggage,
    keys: () => ['baggage'],
  }
  return new W3CBaggagePropagator().extract(ROOT_CONTEXT, { baggage }, getter as never)
}

interface Recorder {
  readonly scope: string
  readonly above: { name: string; attributes: object }
  readonly call: { name: string; attributes: object }
  readonly answer: object
}

/** What instrumentations write of one call of one US dollar, and when. */
const recorders: Record<string, Recorder> = {
  'AI SDK 6': {
    scope: 'ai',
    above: {
      name: 'ai.streamText',
      attributes: { ...root, 'ai.model.provider': 'openai.chat', 'ai.model.id': 'm' },
    },
    call: {
      name: 'ai.streamText.doStream',
      attributes: { ...leaf, 'gen_ai.system': 'openai.chat', 'gen_ai.request.model': 'm' },
    },
    answer: { ...usage, 'ai.response.model': 'm', 'ai.response.finishReason': 'stop' },
  },
  'AI SDK 7': {
    scope: 'gen_ai',
    above: { name: 'invoke_agent chat', attributes: { 'gen_ai.operation.name': 'invoke_agent' } },
    call: { name: 'chat m', attributes: genAiLeaf },
    answer: {
      ...genAiUsage,
      'gen_ai.response.model': 'm',
      'gen_ai.client.operation.duration': 1,
      'gen_ai.usage.cache_read.input_tokens': 0,
      'gen_ai.response.finish_reasons': ['stop'],
    },
  },
}

function pipeline(order: Order) {
  const charges: Charge[] = []
  const exporter = new CopyingExporter()
  const costs = new CostSpanProcessor({
    prices,
    warnings: 'diag',
    onCharge: (charge) => void charges.push(charge),
  })
  const copying = new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS)
  const spanProcessors = {
    'costspan first': [costs, copying, new SimpleSpanProcessor(exporter)],
    'baggage first': [copying, costs, new SimpleSpanProcessor(exporter)],
    'baggage on both sides': [
      copying,
      costs,
      new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS),
      new SimpleSpanProcessor(exporter),
    ],
    'no copying': [costs, new SimpleSpanProcessor(exporter)],
  }[order]
  return { charges, exporter, provider: new BasicTracerProvider({ spanProcessors }) }
}

/** One request through the processors in that order; the answer comes in a later turn, as all do. */
async function run(header: Record<string, string>, order: Order, recorder: Recorder) {
  const { charges, exporter, provider } = pipeline(order)
  const request = requestWith(header)
  const server = provider.getTracer('http').startSpan('POST /chat', {}, request)
  const tracer = provider.getTracer(recorder.scope)
  const { above, call } = recorder
  const at = trace.setSpan(request, server)
  const outer = tracer.startSpan(above.name, { attributes: above.attributes as never }, at)
  const inner = tracer.startSpan(
    call.name,
    { attributes: call.attributes as never },
    trace.setSpan(at, outer),
  )
  await turn()
  inner.setAttributes(recorder.answer as never).end()
  outer.end()
  server.end()
  await provider.shutdown()
  return { charges, spans: exporter.spans }
}

const lies: Record<string, string>[] = [
  { 'ai.operationId': 'x' },
  { 'ai.operationId': '' },
  { 'gen_ai.operation.name': 'x' },
  { 'gen_ai.operation.name': 'invoke_agent' },
  { 'openinference.span.kind': 'TOOL' },
  { 'gen_ai.request.model': 'cheap' },
  { 'ai.response.model': 'cheap', 'gen_ai.response.model': 'cheap' },
  { 'llm.model_name': 'cheap', 'llm.provider': 'other' },
  { 'gen_ai.usage.input_tokens': '0', 'gen_ai.usage.output_tokens': '0' },
  { 'ai.usage.inputTokens': '0', 'ai.usage.tokens': '0' },
  { 'ai.response.providerMetadata': '{"gateway":{"cost":"0"},"openai":{"serviceTier":"flex"}}' },
  { 'openai.response.service_tier': 'flex', 'ai.response.finishReason': 'error' },
  { 'cost.status': 'priced', 'cost.usd': '0', 'cost.reason': 'carried_by_another_span' },
  { 'cost.recorded': 'true', 'cost.billed_usd': '0' },
  { 'user.id': 'mallory', 'tenant.id': 'evil', 'cost.plan': 'free' },
  { 'ai.telemetry.metadata.userId': 'mallory', 'ai.settings.context.userId': 'mallory' },
  { 'sentry.origin': 'auto.vercelai.channel' },
  { 'http.response.status_code': '500', 'error.type': '500' },
]

/** Values that the instrumentation writes itself, so that a copy cannot be distinguished from its own value. */
const truths: Record<string, string>[] = [
  { 'ai.operationId': 'ai.streamText.doStream' },
  { 'gen_ai.operation.name': 'chat' },
  { 'gen_ai.request.model': 'm' },
  { 'ai.model.id': 'm' },
  { 'ai.response.model': 'm', 'gen_ai.response.model': 'm' },
  { 'ai.response.finishReason': 'stop' },
]

const orders: Order[] = ['costspan first', 'baggage first', 'baggage on both sides', 'no copying']

describe.each(Object.entries(recorders))('%s: a request header changes nothing', (_, recorder) => {
  describe.each(orders)('%s', (order) => {
    test.each([...lies, ...truths].map((header) => [JSON.stringify(header), header] as const))(
      '%s',
      async (__, header) => {
        const { charges, spans } = await run(header, order, recorder)
        expect(charges.map(({ usd, status }) => [usd, status])).toEqual([[1, 'priced']])
        expect(charges[0]?.attribution).toEqual({})
        const enriched = spans.filter(
          ({ attributes }) =>
            attributes['cost.status'] !== undefined || attributes['cost.usd'] !== undefined,
        )
        expect(enriched.map(({ name, attributes }) => [name, attributes['cost.usd']])).toEqual([
          [recorder.call.name, 1],
        ])
      },
    )
  })
})

/** A call of one US dollar whose span has all of its attributes when it starts, as of who records after the fact. */
const afterTheFact = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'alias',
  'gen_ai.response.model': 'm',
  'gen_ai.response.finish_reasons': ['stop'],
}

const trueAnswers: Record<string, string>[] = [
  { 'gen_ai.response.model': 'm' },
  { 'gen_ai.request.model': 'alias', 'gen_ai.response.model': 'm' },
  { 'gen_ai.response.model': 'm', 'openai.response.service_tier': 'flex' },
]

describe('a header that equals what a call recorded after the fact has from the start', () => {
  test.each(
    orders.flatMap((order) =>
      [...lies, ...truths, ...trueAnswers].map(
        (header) => [order, JSON.stringify(header), header] as const,
      ),
    ),
  )('%s: changes nothing of recordCall: %s', (order, _, header) => {
    for (const isBelowSpan of [true, false]) {
      const { charges, provider } = pipeline(order)
      trace.setGlobalTracerProvider(provider)
      const request = requestWith(header)
      const server = provider.getTracer('http').startSpan('POST /chat', {}, request)
      const record = (): void =>
        recordCall({
          provider: 'openai',
          model: 'alias',
          responseModel: 'm',
          usage: { input: 1e6, output: 0 },
        })
      contextApi.with(isBelowSpan ? trace.setSpan(request, server) : request, record)
      trace.disable()
      expect(charges.map(({ usd, status }) => [usd, status])).toEqual([[1, 'priced']])
    }
  })

  test.each(trueAnswers.map((header) => [JSON.stringify(header), header] as const))(
    'is the call’s own value where the span above shows that no processor copies: %s',
    (_, header) => {
      const { charges, provider } = pipeline('no copying')
      const request = requestWith(header)
      const server = provider.getTracer('http').startSpan('POST /chat', {}, request)
      provider
        .getTracer('other')
        .startSpan(
          'chat',
          { attributes: { ...afterTheFact, ...genAiUsage } },
          trace.setSpan(request, server),
        )
        .end()
      expect(charges.map(({ usd }) => usd)).toEqual([1])
      expect(charges[0]?.reason ?? '').not.toContain('baggage_on_span')
    },
  )

  test.each(trueAnswers.map((header) => [JSON.stringify(header), header] as const))(
    'makes the charge doubtful, and no other, where no span above is known: %s',
    (_, header) => {
      const { charges, provider } = pipeline('no copying')
      provider
        .getTracer('other')
        .startSpan('chat', { attributes: { ...afterTheFact, ...genAiUsage } }, requestWith(header))
        .end()
      expect(charges.map(({ usd }) => usd)).toEqual([1])
      expect(charges[0]?.status).not.toBe('priced')
      expect(charges[0]?.reason).toContain('baggage_on_span')
    },
  )
})

test.each([true, false])(
  'an agent with a name of its own stays an agent where no processor copies (below a span: %s)',
  (isBelowSpan) => {
    const { charges, provider } = pipeline('no copying')
    const request = requestWith({ 'gen_ai.operation.name': 'invoke_agent' })
    const server = provider.getTracer('http').startSpan('POST /chat', {}, request)
    const at = isBelowSpan ? trace.setSpan(request, server) : request
    const tracer = provider.getTracer('other')
    const agent = tracer.startSpan(
      'support run',
      { attributes: { ...afterTheFact, ...genAiUsage, 'gen_ai.operation.name': 'invoke_agent' } },
      at,
    )
    const call = tracer.startSpan(
      'ask',
      { attributes: { ...afterTheFact, ...genAiUsage } },
      trace.setSpan(at, agent),
    )
    call.end()
    agent.end()
    expect(charges.map(({ usd }) => usd)).toEqual([1])
  },
)

test('a span that OpenInference describes when it starts is a call, whatever the header claims', () => {
  const { charges, provider } = pipeline('no copying')
  const request = requestWith({ 'openinference.span.kind': 'LLM' })
  const attributes = {
    'openinference.span.kind': 'LLM',
    'llm.model_name': 'm',
    'llm.provider': 'openai',
    'llm.token_count.prompt': 600_000,
    'llm.token_count.completion': 400_000,
  }
  provider.getTracer('own').startSpan('ask', { attributes }, request).end()
  expect(charges.map(({ usd }) => usd)).toEqual([1])
})

describe('where a copy has replaced a value that no other attribute confirms', () => {
  test.each<[string, Record<string, string>, Recorder]>([
    ['the provider', { 'gen_ai.provider.name': 'other' }, recorders['AI SDK 7'] as Recorder],
    [
      'provider and system',
      { 'ai.model.provider': 'groq', 'gen_ai.system': 'groq' },
      recorders['AI SDK 6'] as Recorder,
    ],
  ])('the charge is not priced and has a reason: %s', async (_, header, recorder) => {
    for (const order of ['baggage first', 'baggage on both sides'] as const) {
      const { charges } = await run(header, order, recorder)
      expect(charges).toHaveLength(1)
      expect(charges[0]?.status).not.toBe('priced')
      expect(charges[0]?.reason).toContain('baggage_on_span')
    }
    for (const order of ['costspan first', 'no copying'] as const) {
      expect((await run(header, order, recorder)).charges).toMatchObject([
        { usd: 1, status: 'priced' },
      ])
    }
  })
})

test('the exporter does not mistake a header for an enriched span', () => {
  const out = new CopyingExporter()
  const decorated = new CostSpanExporter<SpanLike, unknown>(out as never, {
    prices,
    warnings: 'diag',
  })
  const copying = new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS)
  const spanProcessors = [copying, new SimpleSpanProcessor(decorated as never)]
  const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('ai')
  const headers = [
    { 'cost.status': 'priced', 'cost.usd': '0' },
    { 'cost.reason': 'carried_by_another_span' },
    { 'cost.attribution': 'none' },
  ] as Record<string, string>[]
  for (const header of headers) {
    const call = tracer.startSpan('call', { attributes: leaf }, requestWith(header))
    call.setAttributes(usage).end()
  }
  expect(out.spans.map(({ attributes }) => attributes['cost.usd'])).toEqual([1, 1, 1])
  expect(propagation.getBaggage(requestWith({ a: 'b' }))?.getEntry('a')?.value).toBe('b')
})
