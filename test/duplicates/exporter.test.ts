import type { SpanLike } from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { expect, test } from 'vitest'
import { plainSpan } from '../support/plain-span.ts'

const usage = { model: 'claude-sonnet-4-5', input: 1000, output: 100 }

function span(id: string, parent: string | undefined, scope: string, attributes: object): SpanLike {
  const ids = { traceId: '1'.padStart(32, '0'), spanId: id.padStart(16, '0') }
  return plainSpan(
    { ...attributes },
    {
      name: id,
      endTime: [1_800_000_001, 0],
      startTime: [1_800_000_000, 0],
      instrumentationScope: { name: scope },
      spanContext: () => ids,
      ...(parent !== undefined && { parentSpanContext: { spanId: parent.padStart(16, '0') } }),
    },
  )
}

const own = (parent: string | undefined): SpanLike =>
  span('a', parent, 'com.anthropic.sdk.typescript', {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.request.model': usage.model,
    'gen_ai.usage.input_tokens': usage.input,
    'gen_ai.usage.output_tokens': usage.output,
  })
const instrumented = (parent: string | undefined, id = 'b'): SpanLike =>
  span(id, parent, '@arizeai/openinference-instrumentation-anthropic', {
    'openinference.span.kind': 'LLM',
    'llm.provider': 'anthropic',
    'llm.invocation_parameters': JSON.stringify({ model: usage.model }),
    'llm.token_count.prompt': usage.input,
    'llm.token_count.completion': usage.output,
  })
const request = span('c', undefined, 'app', {})
const agent = span('c', undefined, 'app', { 'gen_ai.operation.name': 'invoke_agent' })

/** An exporter, and the costs of what passed through it. */
function exporting(): { exporter: CostSpanExporter<SpanLike, unknown>; costs: () => unknown[] } {
  const exported: SpanLike[] = []
  const exporter = new CostSpanExporter<SpanLike, unknown>({
    export: (spans) => void exported.push(...spans),
    shutdown: () => Promise.resolve(),
  })
  const costs = (): unknown[] => exported.flatMap(({ attributes }) => attributes['cost.usd'] ?? [])
  return { exporter, costs }
}

test.each<[string, SpanLike[]]>([
  ['side by side', [instrumented(undefined), own(undefined)]],
  ['side by side, the other order', [own(undefined), instrumented(undefined)]],
  ['side by side below a request', [instrumented('c'), own('c'), request]],
  ['side by side below an agent', [own('c'), instrumented('c'), agent]],
  ['one inside the other', [own('b'), instrumented(undefined)]],
  ['one inside the other, below a request', [own('b'), instrumented('c'), request]],
])('an exporter charges a call once that Anthropic’s client records too: %s', (_, spans) => {
  const { exporter, costs } = exporting()
  exporter.export(spans, () => {})
  expect(costs()).toHaveLength(1)
})

test('an exporter charges a call that Anthropic’s client does not record', () => {
  const { exporter, costs } = exporting()
  exporter.export([own('b'), instrumented(undefined)], () => {})
  exporter.export([instrumented('c', 'd'), request], () => {})
  expect(costs()).toHaveLength(2)
})
