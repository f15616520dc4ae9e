import { context, trace, type Span } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanExporter } from 'costspan/exporter'
import { expect, test } from 'vitest'

const chat = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'claude-sonnet-4-5',
  'gen_ai.provider.name': 'anthropic',
}
const usage = { 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 50 }
const other = { 'gen_ai.usage.input_tokens': 70_000, 'gen_ai.usage.output_tokens': 900 }

/**
 * An instrumentation's span without usage, the client's own span of the same call beside it, and a call of known cost
 * below the first, which is exported later.
 */
test('an exporter charges a call of known cost below a recording without a cost that another span carries', () => {
  const recorded = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(recorded)] })
  const start = (scope: string, attributes: object, parent?: Span): Span =>
    provider
      .getTracer(scope)
      .startSpan(
        scope,
        { attributes: { ...attributes }, startTime: 1_790_000_000_000, root: parent === undefined },
        parent === undefined ? context.active() : trace.setSpan(context.active(), parent),
      )
  const outer = start('@traceloop/instrumentation-anthropic', chat)
  const beside = start('com.anthropic.sdk.messages', { ...chat, ...usage })
  const nested = start(
    'openinference',
    {
      'openinference.span.kind': 'LLM',
      'llm.model_name': 'claude-sonnet-4-5',
      'llm.provider': 'anthropic',
      'llm.token_count.prompt': other['gen_ai.usage.input_tokens'],
      'llm.token_count.completion': other['gen_ai.usage.output_tokens'],
    },
    outer,
  )
  for (const span of [nested, beside, outer]) span.end(1_790_000_000_500)

  const out = new InMemorySpanExporter()
  const exporter = new CostSpanExporter(out, { warnings: () => {} })
  const [first, second, third] = recorded.getFinishedSpans()
  const batches = [[second], [third], [first]] as ReadableSpan[][]
  for (const batch of batches) exporter.export(batch, () => {})
  const costs = out.getFinishedSpans().map(({ name, attributes }) => [name, attributes['cost.usd']])
  expect(Object.fromEntries(costs)).toEqual({
    'com.anthropic.sdk.messages': 0.00375,
    '@traceloop/instrumentation-anthropic': undefined,
    openinference: expect.closeTo(0.2235, 6) as unknown,
  })
})
