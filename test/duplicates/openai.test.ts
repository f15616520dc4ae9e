import { OpenAIInstrumentation as OpenInference } from '@arizeai/openinference-instrumentation-openai'
import { SpanStatusCode, context, trace } from '@opentelemetry/api'
import { OpenAIInstrumentation as OTel } from '@opentelemetry/instrumentation-openai'
import { type SpanLike } from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ExportedSpan } from '../support/pipeline.ts'
import { plainSpan } from '../support/plain-span.ts'
import {
  expectChargedOnce,
  RawRecording,
  type RawClients,
} from '../real-sdks/clients/client-suite.ts'
import { openAiCases } from '../real-sdks/clients/openai-cases.ts'

/*
 * Two instrumentations of one client: what OpenInference wraps last has the other's span inside its
 * own. In every other order the one that wraps last takes the place of the other.
 */
const recording = new RawRecording([new OTel(), new OpenInference()])
beforeAll(() => recording.start())
afterAll(() => recording.stop())

const { chat } = openAiCases

describe('a call that two instrumentations see', () => {
  test.each([
    'chat',
    'chat with a cache read',
    'chat with a tool call',
    'stream with usage',
    'response',
    'embedding',
  ] as const)('is charged once: %s', async (name) => {
    const { reply, call } = openAiCases[name]
    const measured = await recording.measure(reply, ({ openai }) => call(openai))
    expect(measured.spans).toHaveLength(2)
    expectChargedOnce(measured)
    expect(measured.spans.at(-1)?.attributes).toMatchObject({
      'cost.reason': 'carried_by_another_span',
      'cost.rollup_usd': measured.costs[0],
      'user.id': expect.any(String) as string,
    })
  })

  test.each(['chat', 'response'] as const)('is charged once by an exporter: %s', async (name) => {
    const { reply, call } = openAiCases[name]
    const { spans, billed } = await recording.measure(reply, ({ openai }) => call(openai))
    const exported: SpanLike[] = []
    const exporter = new CostSpanExporter<SpanLike, unknown>({
      export: (enriched) => void exported.push(...enriched),
      shutdown: () => Promise.resolve(),
    })
    exporter.export(spans.map(withoutCosts), () => {})
    const costs = exported.map(({ attributes }) => attributes['cost.usd'])
    expect(costs).toEqual([billed, undefined])
  })

  test('is refused once', async () => {
    const { reply, call } = openAiCases['HTTP error']
    const { verdicts } = await recording.measure(reply, ({ openai }) => call(openai))
    expect(verdicts).toEqual(['call_failed (http_error)'])
  })
})

/** The span as it would be without costspan. */
function withoutCosts({ name, traceId, spanId, parentSpanId, attributes }: ExportedSpan): SpanLike {
  const others = Object.entries(attributes).filter(([key]) => !key.startsWith('cost.'))
  return plainSpan(Object.fromEntries(others), {
    name,
    spanContext: () => ({ traceId, spanId }),
    ...(parentSpanId !== undefined && { parentSpanContext: { spanId: parentSpanId } }),
  })
}

/** Runs the call of a client inside a span that some framework started. */
function inside(
  scope: string,
  late: boolean,
  attributes: Record<string, string | number>,
  more: Record<string, number> = {},
): (clients: RawClients) => Promise<unknown> {
  return async ({ openai }) => {
    const span = recording.provider.getTracer(scope).startSpan('outer', late ? {} : { attributes })
    // The tracer of OpenInference describes a span when it has started.
    span.setAttributes(attributes)
    await context.with(trace.setSpan(context.active(), span), () => chat.call(openai))
    span.setAttributes(more).setStatus({ code: SpanStatusCode.OK }).end()
  }
}

describe('a call inside', () => {
  const agent = { 'openinference.span.kind': 'AGENT' }

  test('an agent that is described late is summed up on it', async () => {
    const run = inside('openinference-core', true, agent)
    const { spans, costs, billed } = await recording.measure(chat.reply, run)
    expect(costs).toHaveLength(1)
    const outer = spans.find(({ name }) => name === 'outer')
    expect(outer?.attributes).toMatchObject({ 'cost.rollup_usd': billed })
    expect(outer?.attributes).not.toHaveProperty('cost.reason')
  })

  test('a framework that counts the same call is charged once', async () => {
    const call = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o' }
    const usage = { 'gen_ai.usage.input_tokens': 1200, 'gen_ai.usage.output_tokens': 300 }
    const named = { ...call, 'gen_ai.provider.name': 'openai' }
    const { costs, billed } = await recording.measure(
      chat.reply,
      inside('a framework', false, named, usage),
    )
    expect(costs).toEqual([billed])
  })

  test('a call of another model, described late, is charged beside it', async () => {
    const call = { 'openinference.span.kind': 'LLM', 'llm.model_name': 'gpt-5' }
    const usage = { 'llm.token_count.prompt': 1000, 'llm.token_count.completion': 100 }
    const named = { ...call, 'llm.provider': 'openai' }
    const { costs, billed = Number.NaN } = await recording.measure(
      chat.reply,
      inside('openinference-core', true, named, usage),
    )
    expect(costs).toEqual([billed, 0.002_25])
  })

  test('a tool is charged, whatever calls the tool', async () => {
    const tool = { 'openinference.span.kind': 'TOOL' }
    const { costs, billed } = await recording.measure(
      chat.reply,
      inside('openinference-core', true, tool),
    )
    expect(costs).toEqual([billed])
  })

  test('a span without a kind passes its user on to the calls below, and sums their costs', async () => {
    const run = inside('openinference-core', true, { 'user.id': 'another user' })
    const { spans, billed } = await recording.measure(chat.reply, run)
    const users = spans.map(({ attributes }) => attributes['user.id'])
    expect(users).toEqual(['another user', 'another user', 'another user'])
    expect(spans.at(-1)?.attributes['cost.rollup_usd']).toBe(billed)
  })
})
