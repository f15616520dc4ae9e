import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CostSpanProcessor, createCharger } from 'costspan'
import { arize, braintrust, datadog, langfuse, phoenix, type Backend } from 'costspan/backends'
import { describe, expect, test } from 'vitest'
import { loadFixtures, type RecordedScenario } from '../support/fixtures.ts'
import { CopyingExporter, type ExportedSpan } from '../support/pipeline.ts'
import { leaf, metadata, root } from '../support/attributed-spans.ts'
import { plainSpan } from '../support/plain-span.ts'
import { replay } from '../support/replay.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())

const presets = { langfuse, phoenix, arize, braintrust, datadog }

function replayed(scenario: RecordedScenario, backends: Backend[]): ExportedSpan[] {
  const exporter = new CopyingExporter()
  const spanProcessors = [new CostSpanProcessor({ backends }), new SimpleSpanProcessor(exporter)]
  replay(new BasicTracerProvider({ spanProcessors }).getTracer('replay'), scenario)
  return exporter.spans
}

const sum = (spans: readonly ExportedSpan[], name: string): number =>
  spans.reduce(
    (total, { attributes }) => total + ((attributes[name] as number | undefined) ?? 0),
    0,
  )

const scenarios = loadFixtures().flatMap(({ lane, scenarios: all }) =>
  all.map((scenario) => ({ lane, scenario })),
)

describe('on what every AI SDK recorded', () => {
  test.each([
    ['langfuse', 'gen_ai.usage.cost'],
    ['phoenix', 'llm.cost.total'],
    ['braintrust', 'braintrust.metrics.estimated_cost'],
  ] as const)('what %s sums up, by %s, is the sum of cost.usd', (name, attribute) => {
    let total = 0
    for (const { scenario } of scenarios) {
      const spans = replayed(scenario, [presets[name]])
      expect(sum(spans, attribute)).toBeCloseTo(sum(spans, 'cost.usd'), 12)
      total += sum(spans, attribute)
    }
    expect(total).toBeGreaterThan(1)
  })

  test('Langfuse finds no cost of its own on a span above calls', () => {
    for (const { lane, scenario } of scenarios) {
      for (const { attributes } of replayed(scenario, [langfuse])) {
        const isAbove = /^ai\.(generate|stream|embed)[A-Za-z]*$/.test(
          String(attributes['ai.operationId']),
        )
        if (isAbove) expect([lane, attributes['gen_ai.usage.cost']]).toEqual([lane, 0])
        if (attributes['cost.status'] === undefined) {
          expect(attributes['gen_ai.usage.cost'] ?? 0).toBe(0)
        } else {
          expect(attributes['gen_ai.usage.cost']).toBe(attributes['cost.usd'])
        }
      }
    }
  })

  test('prompt and answer cost what their parts do, and no more than all', () => {
    for (const { scenario } of scenarios) {
      for (const { attributes } of replayed(scenario, [phoenix])) {
        const total = attributes['llm.cost.total'] as number | undefined
        if (total === undefined || attributes['llm.cost.prompt'] === undefined) continue
        const parts =
          (attributes['llm.cost.prompt'] as number) + (attributes['llm.cost.completion'] as number)
        expect(parts + ((attributes['cost.fees_usd'] as number | undefined) ?? 0)).toBeCloseTo(
          total,
          12,
        )
      }
    }
  })

  test('all together write what each writes alone: no two write one name differently', () => {
    for (const { scenario } of scenarios) {
      const together = replayed(scenario, Object.values(presets))
      for (const preset of Object.values(presets)) {
        replayed(scenario, [preset]).forEach(({ attributes }, index) => {
          expect(together[index]?.attributes).toMatchObject(attributes)
        })
      }
    }
  })

  test('a charge computed again from what was written for all of them is the same', () => {
    const charge = createCharger()
    for (const { scenario } of scenarios) {
      const plain = replayed(scenario, [])
      replayed(scenario, Object.values(presets)).forEach((span, index) => {
        const [one, again] = [plain[index] ?? span, span].map((each) =>
          charge(plainSpan(each.attributes, each)),
        )
        expect({ ...again, traceId: '', spanId: '', at: 0, durationSeconds: 0 }).toEqual({
          ...one,
          traceId: '',
          spanId: '',
          at: 0,
          durationSeconds: 0,
        })
      })
    }
  })
})

test('Arize AX and Phoenix read the names of OpenInference, so one preset has both names', () => {
  expect(arize).toBe(phoenix)
})

describe('each preset', () => {
  const cached = {
    ...leaf,
    'gen_ai.usage.input_tokens': 1000,
    'ai.usage.inputTokens': 1000,
    'ai.usage.inputTokenDetails.noCacheTokens': 400,
    'ai.usage.inputTokenDetails.cacheReadTokens': 600,
    'ai.usage.inputTokenDetails.cacheWriteTokens': 0,
    ...metadata({ userId: 'ada', plan: 'pro', tenantId: 'acme' }),
  }

  function written(attributes: Record<string, unknown>, backend: Backend): Record<string, unknown> {
    const [plain, preset] = [[], [backend]].map((backends) => {
      const exporter = new CopyingExporter()
      const processors = [new CostSpanProcessor({ backends }), new SimpleSpanProcessor(exporter)]
      const tracer = new BasicTracerProvider({ spanProcessors: processors }).getTracer('ai')
      tracer.startSpan('span', { attributes: attributes as never }).end()
      return exporter.spans[0]?.attributes ?? {}
    })
    return Object.fromEntries(
      Object.entries(preset ?? {}).filter(([name]) => !(name in (plain ?? {}))),
    )
  }

  test.each<[string, Backend, Record<string, unknown>, Record<string, unknown>]>([
    [
      'langfuse, a call',
      langfuse,
      cached,
      {
        'gen_ai.usage.cost': expect.any(Number),
        'langfuse.trace.tags': ['plan:pro', 'tenant:acme'],
      },
    ],
    ['langfuse, what is above', langfuse, root, { 'gen_ai.usage.cost': 0 }],
    ['langfuse, a call without a price', langfuse, { ...leaf, 'ai.model.id': 'm' }, {}],
    ['langfuse, an agent of AI SDK 7', langfuse, { 'gen_ai.operation.name': 'invoke_agent' }, {}],
    [
      'phoenix, a call with a cache',
      phoenix,
      cached,
      {
        'llm.cost.total': expect.any(Number),
        'llm.cost.prompt': expect.any(Number),
        'llm.cost.completion': expect.any(Number),
        'llm.token_count.prompt': 1000,
        'llm.token_count.completion': 1,
        'llm.token_count.total': 1001,
        'llm.token_count.prompt_details.cache_read': 600,
      },
    ],
    ['phoenix, what is above', phoenix, root, {}],
    [
      'phoenix, an input that leaves caches out',
      phoenix,
      { ...cached, 'gen_ai.usage.input_tokens': 400 },
      expect.objectContaining({ 'llm.token_count.prompt': 1000 }),
    ],
    [
      'phoenix, tokens that an instrumentation has written',
      phoenix,
      { ...cached, 'llm.token_count.prompt': 7 },
      {
        'llm.cost.total': expect.any(Number),
        'llm.cost.prompt': expect.any(Number),
        'llm.cost.completion': expect.any(Number),
      },
    ],
    [
      'braintrust, a call',
      braintrust,
      leaf,
      { 'braintrust.metrics.estimated_cost': expect.any(Number) },
    ],
    [
      'datadog, a call',
      datadog,
      leaf,
      { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai' },
    ],
    [
      'datadog, on Bedrock',
      datadog,
      { ...leaf, 'ai.model.provider': 'amazon-bedrock' },
      { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'aws.bedrock' },
    ],
    ['datadog, what is above', datadog, root, {}],
  ])('%s', (_, backend, attributes, expected) => {
    expect(written(attributes, backend)).toEqual(expected)
  })

  test('leaves tags of the application alone', () => {
    const tags = { 'langfuse.trace.tags': ['mine'], 'braintrust.tags': ['mine'] }
    for (const backend of [langfuse, braintrust]) {
      expect(Object.keys(written({ ...cached, ...tags }, backend))).not.toContain(
        'langfuse.trace.tags',
      )
    }
  })

  test('of your own is ten lines: Laminar’s', () => {
    const laminar: Backend = ({ role, charge, attribution }) => ({
      'gen_ai.usage.cost': charge?.usd,
      'lmnr.association.properties.user_id': role === 'tool' ? undefined : attribution.userId,
    })
    expect(written(cached, laminar)).toEqual({
      'gen_ai.usage.cost': expect.any(Number) as number,
      'lmnr.association.properties.user_id': 'ada',
    })
  })

  test('that throws changes no other attribute', () => {
    const broken: Backend = () => {
      throw new Error('no')
    }
    expect(written(leaf, broken)).toEqual({})
  })
})

test.each([['langfuse'], [['langfuse']], [{}]])('backends: %j is refused', (backends) => {
  const create = (): unknown =>
    new CostSpanProcessor({ backends: backends as unknown as Backend[] })
  expect(create).toThrow(/`backends(\[0\])?` to be/)
})
