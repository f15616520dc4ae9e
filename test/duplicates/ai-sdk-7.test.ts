import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel'
import { context, trace, type Attributes } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { embedMany, generateText, registerTelemetry } from 'ai'
import { MockEmbeddingModelV4, MockLanguageModelV4 } from 'ai/test'
import { withAttribution } from 'costspan'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { capturePrinted } from '../support/printed.ts'
import { Recording, end, genAiLeaf, genAiUsage, leaf, usage } from '../support/sdk-2.ts'

const registry = globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown }

const languageModel = new MockLanguageModelV4({
  provider: 'openai.chat',
  modelId: 'm',
  doGenerate: {
    content: [{ type: 'text', text: 'sunny' }],
    finishReason: { unified: 'stop', raw: 'stop' },
    usage: {
      inputTokens: { total: 600_000, noCache: 600_000, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 400_000, text: 400_000, reasoning: 0 },
    },
    warnings: [],
  },
})
const embeddingModel = new MockEmbeddingModelV4({
  provider: 'openai.embedding',
  modelId: 'm',
  maxEmbeddingsPerCall: 1,
  doEmbed: { embeddings: [[0.1]], usage: { tokens: 1_000_000 }, warnings: [] },
})

const printed = capturePrinted()
const missingOptions = 'runs without usage or providerMetadata'
const others = (): unknown[][] => printed.filter((line) => !String(line).includes(missingOptions))
let spans = new Recording()

beforeEach(() => {
  trace.disable()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  spans = new Recording()
  trace.setGlobalTracerProvider(spans.provider)
})
afterEach(() => {
  delete registry.AI_SDK_TELEMETRY_INTEGRATIONS
})

async function generateTwiceAndEmbed(): Promise<{ usd: number; reasons: unknown[] }> {
  await withAttribution({ userId: 'ada' }, async () => {
    for (const prompt of ['a', 'b']) await generateText({ model: languageModel, prompt })
    await embedMany({ model: embeddingModel, values: ['a', 'b'], maxParallelCalls: 1 })
  })
  const attributes = spans.exporter.spans.map((span) => span.attributes)
  const usd = attributes.reduce((sum, each) => sum + Number(each['cost.usd'] ?? 0), 0)
  return { usd, reasons: attributes.flatMap((each) => each['cost.reason'] ?? []) }
}

/** Two generations and two embeddings at a dollar each. */
const TRUTH = 4

describe('AI SDK 7 with its integrations', () => {
  test.each([
    ['OpenTelemetry', () => [new OpenTelemetry()]],
    [
      'OpenTelemetry with all its options',
      () => [new OpenTelemetry({ usage: true, providerMetadata: true })],
    ],
    ['LegacyOpenTelemetry', () => [new LegacyOpenTelemetry()]],
    ['OpenTelemetry and one that writes no spans', () => [new OpenTelemetry(), {}]],
    ['LegacyOpenTelemetry and one that writes no spans', () => [{}, new LegacyOpenTelemetry()]],
  ])('%s: every call is priced once', async (_, integrations) => {
    registerTelemetry(...(integrations() as OpenTelemetry[]))
    expect((await generateTwiceAndEmbed()).usd).toBe(TRUTH)
    expect(spans.charges).toHaveLength(TRUTH)
    expect(others()).toEqual([])
  })

  test.each([
    ['new before old', () => [new OpenTelemetry(), new LegacyOpenTelemetry()]],
    ['old before new', () => [new LegacyOpenTelemetry(), new OpenTelemetry()]],
  ])('both, %s: every call is priced once, with one warning', async (_, integrations) => {
    registerTelemetry(...integrations())
    const { usd, reasons } = await generateTwiceAndEmbed()
    expect(usd).toBe(TRUTH)
    expect(reasons.filter((reason) => reason === 'recorded_twice')).toHaveLength(TRUTH)
    expect(spans.charges).toHaveLength(TRUTH)
    expect(others()).toEqual([
      [expect.stringContaining('several telemetry integrations of AI SDK 7 record every call')],
    ])
  })
})

describe('the options of OpenTelemetry that a price may depend on', () => {
  test.each<[string, object, number]>([
    ['both', { usage: true, providerMetadata: true }, 0],
    ['neither', {}, 1],
    ['usage alone', { usage: true }, 1],
    ['providerMetadata alone', { providerMetadata: true }, 1],
    ['one that is switched off', { usage: true, providerMetadata: false }, 1],
  ])('%s', async (_, options, lines) => {
    registerTelemetry(new OpenTelemetry(options))
    await generateTwiceAndEmbed()
    expect(printed).toHaveLength(lines)
    if (lines > 0) expect(String(printed[0])).toContain(missingOptions)
  })
})

describe('AI SDK 7 with the same integration twice', () => {
  test.each([
    ['OpenTelemetry', () => [new OpenTelemetry(), new OpenTelemetry()]],
    ['LegacyOpenTelemetry', () => [new LegacyOpenTelemetry(), new LegacyOpenTelemetry()]],
  ])(
    '%s: the first copy that ends is priced, and the other refers to it',
    async (_, integrations) => {
      registerTelemetry(...integrations())
      const { usd, reasons } = await generateTwiceAndEmbed()
      expect(usd).toBe(TRUTH)
      expect(spans.charges).toHaveLength(TRUTH)
      expect(reasons).not.toContain('recorded_twice')
      expect(
        reasons.filter((reason) => reason === 'carried_by_another_span').length,
      ).toBeGreaterThanOrEqual(TRUTH)
      expect(printed).toHaveLength(1)
    },
  )

  test('with OpenTelemetry twice, LegacyOpenTelemetry is a copy, too', async () => {
    registerTelemetry(new OpenTelemetry(), new LegacyOpenTelemetry(), new OpenTelemetry())
    const { usd, reasons } = await generateTwiceAndEmbed()
    expect(usd).toBe(TRUTH)
    expect(reasons.filter((reason) => reason === 'recorded_twice')).toHaveLength(TRUTH)
  })
})

describe('with both integrations of AI SDK 7 registered', () => {
  const agent = (value: string): Attributes => ({ 'ai.request.headers.user-agent': value })
  const copy = { status: 'unpriced' }
  const own = { usd: 1, status: 'priced' }

  test.each<[string, Attributes, object]>([
    ['AI SDK 7', { ...leaf, ...agent('ai/7.0.173 runtime/node.js/22') }, copy],
    ['one that does not say which', leaf, copy],
    ['another client', { ...leaf, ...agent('my-app/5.0') }, copy],
    ['AI SDK 6 in the same process', { ...leaf, ...agent('ai/6.0.326 runtime/node.js/22') }, own],
    ['AI SDK 5', { ...leaf, ...agent('my-app/1.0 ai/5.0.43') }, own],
    ['AI SDK 4', { ...leaf, ...agent('ai/4.3.19') }, own],
  ])('an ai.* span of %s', (_, attributes, cost) => {
    registerTelemetry(new OpenTelemetry(), new LegacyOpenTelemetry())
    end(spans.start('call', attributes), usage)
    expect(spans.costOf('call')).toEqual(cost)
    expect(spans.span('call')?.attributes['cost.reason']).toBe(
      cost === copy ? 'recorded_twice' : undefined,
    )
  })

  test.each<[string, string]>([
    ['of AI SDK 7', 'gen_ai'],
    ['of another instrumentation', 'openinference'],
  ])('a gen_ai.* span %s is priced', (_, scope) => {
    registerTelemetry(new OpenTelemetry(), new LegacyOpenTelemetry())
    end(spans.start('call', genAiLeaf, undefined, scope), genAiUsage)
    expect(spans.costOf('call')['usd']).toBe(1)
  })

  test('a span of another instrumentation is priced even with one of them twice', () => {
    registerTelemetry(new OpenTelemetry(), new OpenTelemetry())
    end(spans.start('theirs', genAiLeaf, undefined, 'openinference'), genAiUsage)
    const first = spans.start('first', genAiLeaf, undefined, 'gen_ai')
    const copied = spans.start('copy', genAiLeaf, undefined, 'gen_ai')
    end(first, genAiUsage)
    end(copied, genAiUsage)
    expect(spans.costOf('theirs')['usd']).toBe(1)
    expect(spans.costOf('first')['usd']).toBe(1)
    expect(spans.costOf('copy')).toEqual({})
  })
})

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['no array', {}],
  ['odd values', [null, 7, 'x', undefined]],
  ['others', [{ onStart() {} }, { onEnd() {} }]],
])('a registry of %s is no second integration', (_, value) => {
  registry.AI_SDK_TELEMETRY_INTEGRATIONS = value
  end(spans.start('call', leaf), usage)
  expect(spans.costOf('call')).toEqual({ usd: 1, status: 'priced' })
})
