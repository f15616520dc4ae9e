import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel'
import { context, diag, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { embedMany, generateText, registerTelemetry } from 'ai'
import { MockEmbeddingModelV4, MockLanguageModelV4 } from 'ai/test'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Recording, end, leaf, usage } from './support/sdk-2.ts'

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

const warn = vi.fn<(...said: unknown[]) => void>()
let spans = new Recording()

beforeEach(() => {
  trace.disable()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  spans = new Recording()
  trace.setGlobalTracerProvider(spans.provider)
  warn.mockReset()
  diag.setLogger({ warn, error: warn, info() {}, debug() {}, verbose() {} })
})
afterEach(() => {
  diag.disable()
  delete registry.AI_SDK_TELEMETRY_INTEGRATIONS
})

async function generateTwiceAndEmbed(): Promise<{ usd: number; reasons: unknown[] }> {
  for (const prompt of ['a', 'b']) await generateText({ model: languageModel, prompt })
  await embedMany({ model: embeddingModel, values: ['a', 'b'], maxParallelCalls: 1 })
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
  ])('%s: every call is priced once', async (_, integrations) => {
    registerTelemetry(...(integrations() as OpenTelemetry[]))
    expect((await generateTwiceAndEmbed()).usd).toBe(TRUTH)
    expect(spans.charges).toHaveLength(TRUTH)
    expect(warn).not.toHaveBeenCalled()
  })

  test.each([
    ['new before old', () => [new OpenTelemetry(), new LegacyOpenTelemetry()]],
    ['old before new', () => [new LegacyOpenTelemetry(), new OpenTelemetry()]],
  ])('both, %s: every call is priced once, and somebody is told once', async (_, integrations) => {
    registerTelemetry(...integrations())
    const { usd, reasons } = await generateTwiceAndEmbed()
    expect(usd).toBe(TRUTH)
    expect(reasons.filter((reason) => reason === 'recorded_twice')).toHaveLength(TRUTH)
    expect(spans.charges).toHaveLength(TRUTH)
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('both AI SDK 7 integrations are registered')],
    ])
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
