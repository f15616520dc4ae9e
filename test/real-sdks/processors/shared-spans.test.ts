import { setUser } from '@arizeai/openinference-core'
import {
  isOpenInferenceSpan,
  OpenInferenceBatchSpanProcessor,
  OpenInferenceSimpleSpanProcessor,
} from '@arizeai/openinference-vercel'
import { BraintrustSpanProcessor } from '@braintrust/otel'
import { propagateAttributes } from '@langfuse/core'
import { LangfuseSpanProcessor } from '@langfuse/otel'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution } from 'costspan'
import { describe, expect, test } from 'vitest'
import type { Order } from '../../support/pipeline.ts'
import { leaf } from '../../support/attributed-spans.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())

const theirs = { exporter: new InMemorySpanExporter() }
// Nothing is sent: the test ends before a batch would leave.
const nowhere = { apiKey: 'none', apiUrl: 'http://127.0.0.1:9', parent: 'project_name:test' }
const neighbours: Record<string, () => SpanProcessor> = {
  '@langfuse/otel': () => new LangfuseSpanProcessor(theirs),
  '@arizeai/openinference-vercel': () => new OpenInferenceBatchSpanProcessor(theirs),
  '@braintrust/otel': () => new BraintrustSpanProcessor(nowhere),
}
const orders: readonly Order[] = ['costspan first', 'costspan last']

const call = {
  ...leaf,
  'operation.name': 'ai.generateText.doGenerate answer',
  'ai.telemetry.metadata.team': 'support',
}

/** The span of a call as the exporter beside costspan and the neighbour gets it. */
function exported(
  neighbour: SpanProcessor | undefined,
  order: Order,
  around: (call: () => void) => void,
): ReadableSpan {
  const exporter = new InMemorySpanExporter()
  const others = [
    ...(neighbour === undefined ? [] : [neighbour]),
    new SimpleSpanProcessor(exporter),
  ]
  const costs = new CostSpanProcessor()
  const spanProcessors = order === 'costspan first' ? [costs, ...others] : [...others, costs]
  const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('ai')
  around(() => tracer.startSpan('ai.generateText.doGenerate', { attributes: call }).end())
  const [span] = exporter.getFinishedSpans()
  if (span === undefined) throw new Error('nothing was exported')
  return span
}

const forMaya = (run: () => void): void => withAttribution({ userId: 'maya' }, run)

describe.each(orders)('what an exporter gets beside a neighbour, %s', (order) => {
  const alone = exported(undefined, order, forMaya)
  const changes: Record<string, { name: string; added: string[] }> = {
    '@langfuse/otel': { name: alone.name, added: ['langfuse.internal.is_app_root'] },
    '@arizeai/openinference-vercel': {
      name: 'ai.generateText.doGenerate answer',
      added: [
        'llm.model_name',
        'llm.token_count.completion',
        'llm.token_count.prompt',
        'metadata.team',
        'openinference.span.kind',
      ],
    },
    '@braintrust/otel': { name: alone.name, added: [] },
  }

  test.each(Object.entries(changes))('%s adds names, and takes none off', (name, change) => {
    const span = exported(neighbours[name]?.(), order, forMaya)
    const added = Object.keys(span.attributes).filter((key) => !(key in alone.attributes))
    expect({ name: span.name, added: added.toSorted() }).toEqual(change)
    expect(span.attributes).toMatchObject(alone.attributes)
  })
})

test('the filter of @arizeai/openinference-vercel drops reranks of AI SDK 6', () => {
  const exporter = new InMemorySpanExporter()
  const filtering = new OpenInferenceSimpleSpanProcessor({
    exporter,
    spanFilter: isOpenInferenceSpan,
  })
  const provider = new BasicTracerProvider({ spanProcessors: [new CostSpanProcessor(), filtering] })
  for (const operation of ['ai.rerank.doRerank', 'ai.embed.doEmbed']) {
    const attributes = { ...call, 'ai.operationId': operation, 'operation.name': operation }
    provider.getTracer('ai').startSpan(operation, { attributes }).end()
  }
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['ai.embed.doEmbed'])
})

describe.each(orders)(
  'a call is attributed to the user whom a neighbour writes onto the span, %s',
  (order) => {
    const inTheirs: Record<string, (run: () => void) => void> = {
      '@langfuse/otel': (run) => propagateAttributes({ userId: 'tom' }, run),
      '@arizeai/openinference-vercel': (run) =>
        context.with(setUser(context.active(), { userId: 'tom' }), run),
    }

    test.each(Object.entries(inTheirs))('%s, without withAttribution', (name, around) => {
      const { attributes } = exported(neighbours[name]?.(), order, around)
      expect(attributes).toMatchObject({ 'user.id': 'tom', 'cost.status': 'priced' })
    })

    test.each(Object.entries(inTheirs))('%s, whatever withAttribution states', (name, around) => {
      const { attributes } = exported(neighbours[name]?.(), order, (run) =>
        around(() => forMaya(run)),
      )
      expect(attributes['user.id']).toBe('tom')
    })
  },
)
