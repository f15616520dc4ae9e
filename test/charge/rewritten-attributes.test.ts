import { createCharger, type SpanLike } from 'costspan'
import { describe, expect, test } from 'vitest'
import { loadFixtures, type RecordedSpan } from '../support/fixtures.ts'

/**
 * The names that Traceloop's processor (0.27.0) removes from a span of the AI SDK, and where it puts
 * their values. It comes before costspan in `initialize`, on an SDK without `onEnding`: npm run test:backends.
 */
const moved: Record<string, string | undefined> = {
  'ai.model.id': 'gen_ai.request.model',
  'ai.model.provider': 'gen_ai.provider.name',
  'ai.response.model': 'gen_ai.response.model',
  'ai.response.providerMetadata': undefined,
  'ai.prompt.tools': undefined,
}

function takenApart(attributes: Record<string, unknown>): Record<string, unknown> {
  const rest = { ...attributes }
  for (const [from, to] of Object.entries(moved)) {
    if (to !== undefined && rest[from] !== undefined) rest[to] ??= providerOf(rest[from])
    delete rest[from]
  }
  return rest
}

/** `openai.embedding` is `openai` there. */
function providerOf(value: unknown): unknown {
  return typeof value === 'string'
    ? value.replace(/\.(?:embedding|responses|messages)$/, '')
    : value
}

function recorded(provider: string, scenarioName: string, spanName: string): RecordedSpan {
  const span = loadFixtures()
    .find((fixture) => fixture.lane === 'ai-6' && fixture.provider === provider)
    ?.scenarios.find(({ name }) => name === scenarioName)
    ?.spans.find(({ name }) => name === spanName)
  if (span === undefined) throw new Error(`${provider} has no ${spanName} in ${scenarioName}`)
  return span
}

function chargeOf(attributes: Record<string, unknown>) {
  const span: SpanLike = {
    name: 'taken apart',
    startTime: [1_764_000_000, 0],
    status: { code: 0 },
    attributes,
    events: [],
    spanContext: () => ({ traceId: '1', spanId: '1' }),
  }
  return createCharger()(span)
}

describe('a call whose attributes another processor moved before costspan saw its end', () => {
  test('is estimated: attributes of its other fees, such as web searches, were removed too', () => {
    const { start, end } = recorded(
      'anthropic',
      'two web searches, generate text',
      'ai.generateText.doGenerate',
    )
    const whole = { ...start, ...end }
    expect(chargeOf(whole)?.status).toBe('priced')
    const { usd, status, reason } = chargeOf(takenApart(whole)) ?? {}
    expect(usd).toBeLessThan(chargeOf(whole)?.usd ?? 0)
    expect({ status, reason }).toEqual({
      status: 'estimated',
      reason: 'provider_metadata_unreadable',
    })
  })

  test('an embedding keeps its provider and model', () => {
    const { start, end } = recorded('openai-chat', 'embed', 'ai.embed.doEmbed')
    const whole = { ...start, ...end }
    expect(chargeOf(takenApart(whole))?.usd).toBe(chargeOf(whole)?.usd)
    expect(chargeOf(takenApart(whole))?.status).toBe('priced')
  })
})
