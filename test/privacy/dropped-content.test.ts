import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, createCharger, dropContent, type SpanLike } from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { describe, expect, test } from 'vitest'

const secret = 'what a user wrote'

/** Names under which the AI SDK and instrumentations write prompts, answers, and what tools got and gave. */
const names = [
  'ai.prompt',
  'ai.prompt.messages',
  'ai.prompt.system',
  'ai.response.text',
  'ai.response.reasoning',
  'ai.response.sources',
  'ai.result.text',
  'ai.result.object',
  'ai.query',
  'ai.transcript',
  'ai.stream.chunk',
  'gen_ai.prompt.0.content',
  'gen_ai.completion.0.tool_calls.0.arguments',
  'gen_ai.input.messages',
  'gen_ai.request.messages',
  'gen_ai.response.text',
  'gen_ai.response.thinking',
  'gen_ai.response.tool_calls',
  'gen_ai.tool.call.result',
  'gen_ai.tool.input',
  'gen_ai.tool.output',
  'gen_ai.retrieval.query.text',
  'gen_ai.retrieval.documents',
  'gen_ai.evaluation.explanation',
  'gen_ai.reasoning',
  'llm.request.messages',
  'llm.function_call',
  'llm.input_messages.0.message.content',
  'tool_call.function.arguments',
  'mcp.request.argument.city',
  'lmnr.span.input',
  'lmnr.span.output',
]

/** What a charge is computed from, and how the call ended. */
const kept = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.response.model': 'gpt-4o-2024-08-06',
  'gen_ai.response.id': 'chatcmpl-1',
  'gen_ai.response.finish_reasons': ['stop'],
  'gen_ai.usage.input_tokens': 1000,
  'gen_ai.usage.output_tokens': 100,
  'gen_ai.usage.reasoning.output_tokens': 10,
}

const events: [name: string, attributes: Record<string, unknown>][] = [
  ['gen_ai.content.prompt', { 'gen_ai.prompt': secret }],
  ['gen_ai.content.completion', { 'gen_ai.completion': secret }],
  ['gen_ai.user.message', { content: secret, 'gen_ai.system': 'openai' }],
  ['gen_ai.choice', { index: 0, message: secret, tool_calls: secret }],
  ['gen_ai.client.inference.operation.details', { 'gen_ai.input.messages': secret }],
  ['ai.stream.firstChunk', { 'ai.response.msToFirstChunk': 7 }],
  ['exception', { 'exception.type': 'Error', 'exception.message': 'it broke' }],
]

function call(provider: BasicTracerProvider): void {
  const span = provider.getTracer('gen_ai').startSpan('chat gpt-4o', { attributes: kept })
  for (const name of names) span.setAttribute(name, secret)
  for (const [name, attributes] of events) span.addEvent(name, attributes as never)
  span.end()
}

const options = { warnings: () => {}, privacy: { dropContent } } as const

describe.each([
  [
    'processor',
    (out: InMemorySpanExporter) => [new CostSpanProcessor(options), new SimpleSpanProcessor(out)],
  ],
  [
    'exporter',
    (out: InMemorySpanExporter) => [
      new SimpleSpanProcessor(
        new CostSpanExporter<ReadableSpan, never>(out as never, options) as never,
      ),
    ],
  ],
] as const)('%s: dropContent', (_, processorsOf) => {
  const out = new InMemorySpanExporter()
  call(new BasicTracerProvider({ spanProcessors: [...processorsOf(out)] as never }))
  const [span] = out.getFinishedSpans() as [ReadableSpan]

  test('leaves no prompt, answer or argument in attributes and events', () => {
    expect(JSON.stringify([span.attributes, span.events])).not.toContain(secret)
  })

  test('leaves what a charge is computed from, and the events themselves', () => {
    expect(span.attributes).toMatchObject(kept)
    expect(span.events.map(({ name }) => name)).toEqual(events.map(([name]) => name))
    expect(span.events.map(({ attributes }) => attributes)).toEqual([
      {},
      {},
      { 'gen_ai.system': 'openai' },
      { index: 0 },
      {},
      { 'ai.response.msToFirstChunk': 7 },
      { 'exception.type': 'Error', 'exception.message': 'it broke' },
    ])
    expect(createCharger()(span as SpanLike)?.usd).toBe(span.attributes['cost.usd'])
  })
})

test('the exporter takes content off its copy alone', () => {
  const originals = new InMemorySpanExporter()
  const copies = new InMemorySpanExporter()
  const decorated = new CostSpanExporter<ReadableSpan, never>(copies as never, options)
  const spanProcessors = [new SimpleSpanProcessor(decorated), new SimpleSpanProcessor(originals)]
  call(new BasicTracerProvider({ spanProcessors }))
  const [original] = originals.getFinishedSpans() as [ReadableSpan]
  expect(original.attributes['ai.prompt']).toBe(secret)
  expect(original.events[0]?.attributes).toEqual({ 'gen_ai.prompt': secret })
})
