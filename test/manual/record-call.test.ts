import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import Anthropic from '@anthropic-ai/sdk'
import { createOpenAI } from '@ai-sdk/openai'
import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel'
import { generateText, isStepCount, tool } from 'ai'
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { setAttribution, withAttribution } from 'costspan'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { forgetPrinted } from '../support/printed.ts'
import { z } from 'zod'
import { startProvider } from '../loopback/provider.ts'
import { recordCall, usageFrom, type RecordCallOptions } from 'costspan/record'
import { onlyCharge, startRecording, type Recording } from './recording.ts'

const call = { provider: 'openai', model: 'gpt-4o' } as const
const usage = { input: 1000, output: 200 } as const
/** At 2.5 and 10 US dollars for a million tokens. */
const USD = 0.0045

let recording: Recording
beforeEach(() => {
  recording = startRecording()
})

function attributesOf(name = 'chat gpt-4o'): Record<string, unknown> {
  const found = recording.spans().find((span) => span.name === name)
  return { ...found?.attributes }
}

describe('the span of a recorded call', () => {
  test('follows the GenAI conventions, and is charged', () => {
    recordCall({
      ...call,
      responseModel: 'gpt-4o-2024-08-06',
      usage,
      attribution: { userId: 'ada' },
    })
    const [span] = recording.spans()
    expect(span?.name).toBe('chat gpt-4o')
    expect(span?.kind).toBe(SpanKind.CLIENT)
    expect(span?.instrumentationScope.name).toBe('costspan')
    expect(span?.parentSpanContext).toBeUndefined()
    expect(span?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 200,
      'cost.recorded': true,
      'cost.usd': USD,
      'cost.input_usd': 0.0025,
      'cost.output_usd': 0.002,
      'cost.source': 'catalog',
      'cost.status': 'priced',
      'cost.price_version': expect.any(String),
      'user.id': 'ada',
    })
  })

  test('counts in its totals all that they are made of, and names the rest apart', () => {
    recordCall({
      provider: 'anthropic',
      model: 'claude-sonnet-4-5',
      usage: {
        input: 1,
        cacheRead: 20,
        cacheWrite5m: 300,
        cacheWrite1h: 4000,
        audioInput: 50_000,
        imageInput: 600_000,
        output: 7,
        reasoning: 5,
        audioOutput: 80,
        imageOutput: 900,
        searches: 2,
        characters: 0,
        serviceTier: 'Batch',
        region: 'US',
        billed: { usd: 0.25, ownKey: true, upstreamUsd: 3 },
      },
    })
    expect(attributesOf('chat claude-sonnet-4-5')).toMatchObject({
      'gen_ai.usage.input_tokens': 654_321,
      'gen_ai.usage.output_tokens': 987,
      'gen_ai.usage.cache_read.input_tokens': 20,
      'gen_ai.usage.cache_creation.input_tokens': 4300,
      'cost.usage.cache_write_1h_tokens': 4000,
      'cost.usage.reasoning_tokens': 5,
      'cost.usage.audio_input_tokens': 50_000,
      'cost.usage.audio_output_tokens': 80,
      'cost.usage.image_input_tokens': 600_000,
      'cost.usage.image_output_tokens': 900,
      'cost.usage.searches': 2,
      'cost.service_tier': 'batch',
      'cost.region': 'us',
      'cost.billed_usd': 0.25,
      'cost.billed_own_key': true,
      'cost.billed_upstream_usd': 3,
    })
    const names = Object.keys(attributesOf('chat claude-sonnet-4-5'))
    expect(names).not.toContain('cost.usage.characters')
    expect(names).not.toContain('cost.usage.unseen')
  })

  test('writes 0 tokens cached for an hour where that is known, and none where it is not', () => {
    const claude = { provider: 'anthropic', model: 'claude-sonnet-4-5' }
    recordCall({ ...claude, usage: { ...usage, cacheWrite5m: 10 } })
    expect(attributesOf('chat claude-sonnet-4-5')['cost.usage.cache_write_1h_tokens']).toBe(0)
    expect(onlyCharge(recording).status).toBe('priced')
    recording = startRecording()
    recordCall({ ...claude, usage: { ...usage, cacheWrite5m: 10, unseen: 1 << 4 } })
    expect(Object.keys(attributesOf('chat claude-sonnet-4-5'))).not.toContain(
      'cost.usage.cache_write_1h_tokens',
    )
    expect(onlyCharge(recording)).toMatchObject({
      status: 'lower_bound',
      reason: 'cache_write_duration_unseen',
    })
  })

  test.each<[string, RecordCallOptions, number]>([
    ['embeddings', { ...call, model: 'text-embedding-3-small', usage: { input: 1000 } }, 2e-5],
    ['rerank', { provider: 'cohere', model: 'rerank-v3.5', usage: { searches: 3 } }, 0.006],
    ['speech', { ...call, model: 'tts-1', usage: { characters: 1000 } }, 0.015],
    ['transcription', { ...call, model: 'whisper-1', usage: { seconds: 60.5 } }, 0.00605],
  ])('of %s is priced, without what a chat has', (operation, options, usd) => {
    recordCall({ ...options, operation: operation as never })
    expect(recording.spans().map(({ name }) => name)).toEqual([`${operation} ${options.model}`])
    expect(onlyCharge(recording)).toMatchObject({ status: 'priced', call: { operation } })
    expect(onlyCharge(recording).usd).toBeCloseTo(usd, 9)
  })

  test.each<[string, RecordCallOptions['usage'], string, string | undefined]>([
    ['no usage', undefined, 'unknown_usage', 'usage_not_reported'],
    ['an empty usage', {}, 'unknown_usage', 'usage_not_reported'],
    ['a usage of 0', { input: 0, output: 0 }, 'unknown_usage', 'usage_not_reported'],
    ['no output', { input: 10 }, 'lower_bound', 'output_not_reported'],
    ['an output of 0', { input: 10, output: 0 }, 'priced', undefined],
    ['no input', { output: 10 }, 'lower_bound', 'input_not_reported'],
    ['unknown fees', { ...usage, unseen: 1 << 8 }, 'lower_bound', 'fees_unseen'],
    ['another tier', { ...usage, serviceTier: 'nonesuch' }, 'unpriced', 'terms_without_price'],
  ])('with %s', (_, recorded, status, reason) => {
    recordCall({ ...call, usage: recorded })
    expect(onlyCharge(recording)).toMatchObject({ status, reason })
  })

  test('with nothing but a reported cost has that cost, also of an unknown model', () => {
    const billed = { usd: 0.125, ownKey: false, upstreamUsd: undefined }
    recordCall({ provider: 'openrouter', model: 'nonesuch/model', usage: { billed } })
    expect(onlyCharge(recording)).toMatchObject({ usd: 0.125, source: 'billed', status: 'priced' })
  })
})

describe('the times of a recorded call', () => {
  const start = Date.parse('2026-11-01T10:00:00.250Z')

  test.each<[string, Date | number, Date | number]>([
    ['Dates', new Date(start), new Date(start + 1500)],
    ['milliseconds', start, start + 1500],
  ])('are those given as %s, from before the process too', (_, startTime, endTime) => {
    recordCall({ ...call, usage, startTime, endTime })
    expect(onlyCharge(recording)).toMatchObject({ at: start, durationSeconds: 1.5 })
  })

  test('are now, or the end where no start is given', () => {
    const before = Date.now()
    recordCall({ ...call, usage })
    expect(onlyCharge(recording).at).toBeGreaterThan(before - 1000)
    expect(onlyCharge(recording).at).toBeLessThan(Date.now() + 1000)
    recording = startRecording()
    recordCall({ ...call, usage, endTime: start })
    expect(onlyCharge(recording)).toMatchObject({ at: start, durationSeconds: 0 })
  })

  test('decide the price', () => {
    const o3 = { ...call, model: 'o3', usage }
    recordCall({ ...o3, startTime: Date.parse('2025-05-01'), endTime: Date.parse('2025-05-01') })
    recordCall({ ...o3, startTime: Date.parse('2026-05-01'), endTime: Date.parse('2026-05-01') })
    const [old, late] = recording.charges
    expect(old?.usd).toBeCloseTo((1000 * 10 + 200 * 40) / 1e6, 12)
    expect(late?.usd).toBeCloseTo((1000 * 2 + 200 * 8) / 1e6, 12)
  })
})

describe('a recorded call that failed', () => {
  class RateLimitError extends Error {
    readonly status = 429
  }

  test.each<[string, unknown, string, string, string]>([
    ['true', true, '_OTHER', 'unknown_usage', 'lower_bound'],
    ['an error', new RangeError('secret'), 'RangeError', 'unknown_usage', 'lower_bound'],
    ['one with an HTTP status', new RateLimitError('secret'), '429', 'call_failed', 'lower_bound'],
    ['one of the AI SDK', { statusCode: 503 }, '503', 'call_failed', 'lower_bound'],
    ['one of AWS', { $metadata: { httpStatusCode: 400 } }, '400', 'call_failed', 'lower_bound'],
    [
      'an answer that broke',
      { status: 200, name: 'x y' },
      '_OTHER',
      'unknown_usage',
      'lower_bound',
    ],
  ])('with %s has no cost, or one that may be too low', (_, error, type, without, withUsage) => {
    recordCall({ ...call, error })
    recordCall({ ...call, usage, error })
    expect(recording.charges.map(({ status }) => status)).toEqual([without, withUsage])
    expect(recording.charges[1]?.reason).toBe('call_broken_off')
    for (const { status, attributes } of recording.spans()) {
      expect(status).toEqual({ code: SpanStatusCode.ERROR })
      expect(attributes['error.type']).toBe(type)
      expect(JSON.stringify(attributes)).not.toContain('secret')
    }
  })

  test.each([undefined, null, false])('not, with %s', (error) => {
    recordCall({ ...call, usage, error })
    expect(onlyCharge(recording).status).toBe('priced')
    expect(recording.spans()[0]?.status.code).toBe(SpanStatusCode.UNSET)
  })
})

describe('the attribution of a recorded call', () => {
  const ada = { userId: 'ada', plan: 'pro', tags: { feature: 'search' } }
  const attributionOfCall = (): unknown =>
    JSON.parse(JSON.stringify(onlyCharge(recording).attribution))

  test('is the one that the call states, before the boundary around it and the span above', () => {
    const above = trace.getTracer('app').startSpan('above', { attributes: { 'user.id': 'eve' } })
    context.with(trace.setSpan(context.active(), above), () =>
      withAttribution({ userId: 'bob', plan: 'free' }, () =>
        recordCall({ ...call, usage, attribution: ada }),
      ),
    )
    expect(attributionOfCall()).toEqual(ada)
    expect(attributesOf()['cost.tag.feature']).toBe('search')
  })

  test('is inherited in the fields that the call leaves open', () => {
    withAttribution({ userId: 'bob', tenantId: 'acme' }, () =>
      recordCall({ ...call, usage, attribution: { plan: 'pro' } }),
    )
    expect(attributionOfCall()).toEqual({ userId: 'bob', tenantId: 'acme', plan: 'pro' })
  })

  test.each([undefined, null])('is inherited with %s', (attribution) => {
    withAttribution({}, () => {
      setAttribution({ userId: 'bob' })
      recordCall({ ...call, usage, attribution })
    })
    expect(attributionOfCall()).toEqual({ userId: 'bob' })
  })

  test('is the one of the span above', () => {
    const above = trace.getTracer('app').startSpan('above', { attributes: { 'user.id': 'eve' } })
    context.with(trace.setSpan(context.active(), above), () => recordCall({ ...call, usage }))
    expect(attributionOfCall()).toEqual({ userId: 'eve' })
    expect(recording.spans()[0]?.parentSpanContext?.spanId).toBe(above.spanContext().spanId)
  })

  test('is the one that the call states without a context manager, too', () => {
    recording = startRecording({ withContextManager: false })
    expect(context.active()).toBe(ROOT_CONTEXT)
    recordCall({ ...call, usage, attribution: { userId: 'ada' } })
    expect(attributionOfCall()).toEqual({ userId: 'ada' })
  })

  test('does not stay for the next call', () => {
    recordCall({ ...call, usage, attribution: { userId: 'ada' } })
    recordCall({ ...call, usage })
    expect(recording.charges.map(({ attribution }) => attribution.userId)).toEqual([
      'ada',
      undefined,
    ])
  })
})

describe('a recorded call inside another span', () => {
  const instrumented = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o',
  }

  test('in a tool of the AI SDK is charged once, and summed up above', async () => {
    const provider = await startProvider({
      reply: ({ body }) => {
        const isAgain = JSON.stringify(body).includes('function_call_output')
        return isAgain
          ? { text: 'Sunny.', usage: { uncachedInput: 10, outputText: 1 } }
          : {
              toolCalls: [{ name: 'weather', input: {} }],
              usage: { uncachedInput: 10, outputText: 1 },
            }
      },
    })
    const openai = createOpenAI({ baseURL: `${provider.url}/openai/v1`, apiKey: 'loopback' })
    await generateText({
      model: openai('gpt-4o'),
      prompt: 'How is the weather?',
      tools: {
        weather: tool({
          inputSchema: z.object({}),
          execute: () => {
            recordCall({ ...call, usage })
            return 'sunny'
          },
        }),
      },
      stopWhen: isStepCount(3),
      telemetry: { integrations: [new OpenTelemetry({ usage: true, providerMetadata: true })] },
    })
    await provider.close()
    const own = provider.calls.reduce((sum, { usd = Number.NaN }) => sum + usd, 0)
    expect(recording.charges.map(({ call: { vocabulary } }) => vocabulary).toSorted()).toEqual([
      'ai-sdk-7',
      'ai-sdk-7',
      'recorded',
    ])
    const agent = recording.spans().find(({ name }) => name.startsWith('invoke_agent'))
    expect(agent?.attributes['cost.rollup_usd']).toBeCloseTo(own + USD, 12)
    expect(agent?.attributes['cost.rollup_missing_calls']).toBeUndefined()
  })

  test('of a call to the same model is that call, which is charged here and once', () => {
    const outer = trace.getTracer('client').startSpan('outer', { attributes: instrumented })
    context.with(trace.setSpan(context.active(), outer), () => recordCall({ ...call, usage }))
    outer
      .setAttributes({ 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 200 })
      .end()
    expect(onlyCharge(recording)).toMatchObject({ usd: USD, call: { vocabulary: 'recorded' } })
    expect(attributesOf('outer')['cost.reason']).toBe('carried_by_another_span')
    expect(attributesOf('outer')['cost.usd']).toBeUndefined()
  })

  test('of a call to another model is a call of its own', () => {
    const outer = trace.getTracer('client').startSpan('outer', {
      attributes: { ...instrumented, 'gen_ai.request.model': 'gpt-5' },
    })
    context.with(trace.setSpan(context.active(), outer), () => recordCall({ ...call, usage }))
    outer
      .setAttributes({ 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 1 })
      .end()
    expect(recording.charges.map(({ call: { requestModel } }) => requestModel)).toEqual([
      'gpt-4o',
      'gpt-5',
    ])
  })

  test('is no copy where AI SDK 7 records its own calls twice', () => {
    const registry = globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown }
    registry.AI_SDK_TELEMETRY_INTEGRATIONS = [new OpenTelemetry(), new LegacyOpenTelemetry()]
    recordCall({ ...call, usage })
    delete registry.AI_SDK_TELEMETRY_INTEGRATIONS
    expect(onlyCharge(recording).status).toBe('priced')
  })
})

describe("a recorded call beside one of Anthropic's client", () => {
  test.each([
    ['is charged a second time, because the client makes spans itself', undefined, 2],
    ['is charged once with the spans of the client turned off', false, 1],
  ] as const)('%s', async (_, openTelemetry, charged) => {
    const provider = await startProvider({
      reply: () => ({ text: 'Sunny.', usage: { uncachedInput: 1000, outputText: 200 } }),
    })
    const baseURL = `${provider.url}/anthropic`
    const client = new Anthropic({ baseURL, apiKey: 'loopback', openTelemetry })
    const model = 'claude-haiku-4-5'
    const answer = await client.messages.create({ model, max_tokens: 9, messages: [] })
    recordCall({ provider: 'anthropic', model, usage: usageFrom(answer) })
    await provider.close()
    expect(recording.charges).toHaveLength(charged)
  })
})

describe('a recorded call whose span is not recorded', () => {
  async function warnings(register: () => void): Promise<unknown[][]> {
    vi.resetModules()
    const fresh = await import('costspan/record')
    forgetPrinted()
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    trace.disable()
    register()
    fresh.recordCall({ ...call, usage, attribution: { userId: 'ada' } })
    fresh.recordCall({ ...call, usage, attribution: { userId: 'eve' } })
    const printed = warn.mock.calls
    warn.mockRestore()
    return printed
  }

  test.each<[string, () => void]>([
    ['without a tracer provider', () => {}],
    [
      'which a sampler drops',
      () =>
        void trace.setGlobalTracerProvider(
          new BasicTracerProvider({ sampler: new AlwaysOffSampler() }),
        ),
    ],
  ])('%s is not charged, with one warning that has no names', async (_, register) => {
    const printed = await warnings(register)
    expect(printed).toEqual([[expect.stringContaining('recordCall charged no cost for a call')]])
    expect(JSON.stringify(printed)).not.toMatch(/ada|eve|gpt/)
  })
})

describe('a malformed option', () => {
  const odd: [string, object, string][] = [
    ['an unknown field', { userId: 'u' }, 'Expected `options.userId` to be one of'],
    ['no provider', { provider: undefined }, '`provider` to be a string with something in it'],
    ['an empty provider', { provider: '' }, '`provider` to be'],
    ['a model that is none', { model: 7 }, '`model` to be a string with something in it, got 7'],
    ['an empty answering model', { responseModel: '' }, '`responseModel` to be'],
    ['an operation', { operation: 'image' }, '`operation` to be one of chat, embeddings, rerank'],
    ['a usage that is none', { usage: 7 }, '`usage` to be an object, got 7 (number)'],
    ['a usage of null', { usage: null }, '`usage` to be an object, got null'],
    ['a usage in a list', { usage: [usage] }, '`usage` to be an object, got an array'],
    ['an unknown bucket', { usage: { inputs: 1 } }, '`usage.inputs` to be one of input'],
    ['negative tokens', { usage: { input: -1 } }, '`usage.input` to be a whole number of tokens'],
    ['NaN', { usage: { output: Number.NaN } }, '`usage.output` to be a whole number'],
    ['infinity', { usage: { cacheRead: Infinity } }, '`usage.cacheRead` to be a whole number'],
    ['tokens as text', { usage: { input: '7' } }, '`usage.input` to be a whole number'],
    ['half a token', { usage: { input: 0.5 } }, '`usage.input` to be a whole number'],
    ['negative seconds', { usage: { seconds: -1 } }, '`usage.seconds` to be a number, 0 or more'],
    ['searches', { usage: { searches: null } }, '`usage.searches` to be a number, 0 or more'],
    [
      'more tokens than are exact',
      { usage: { input: Number.MAX_SAFE_INTEGER, cacheRead: 1 } },
      '`usage` to be of at most 9007199254740991 tokens',
    ],
    [
      'reasoning beside the output',
      { usage: { output: 10, reasoning: 11 } },
      '`usage.reasoning` to be at most `usage.output`, which includes it, got 11',
    ],
    ['unseen', { usage: { ...usage, unseen: 1 << 19 } }, '`usage.unseen` to be bits'],
    ['unseen', { usage: { ...usage, unseen: 2 ** 32 } }, '`usage.unseen` to be bits'],
    ['unseen', { usage: { ...usage, unseen: -1 } }, '`usage.unseen` to be bits'],
    ['unseen', { usage: { ...usage, unseen: 0.5 } }, '`usage.unseen` to be bits'],
    ['a tier', { usage: { serviceTier: 7 } }, '`usage.serviceTier` to be a string'],
    ['a region', { usage: { region: '' } }, '`usage.region` to be a string'],
    ['a bill', { usage: { billed: 0.5 } }, '`usage.billed` to be an object, got 0.5'],
    ['a bill', { usage: { billed: { cost: 1 } } }, '`usage.billed.cost` to be one of usd'],
    ['a bill', { usage: { billed: { usd: '1' } } }, '`usage.billed.usd` to be US dollars'],
    ['a bill', { usage: { billed: { usd: -1 } } }, '`usage.billed.usd` to be US dollars'],
    [
      'a key',
      { usage: { billed: { usd: 1, ownKey: 1 } } },
      '`usage.billed.ownKey` to be a boolean',
    ],
    [
      'an upstream bill',
      { usage: { billed: { usd: 1, ownKey: true, upstreamUsd: null } } },
      '`usage.billed.upstreamUsd` to be US dollars',
    ],
    ['seconds', { startTime: 1_795_000_000 }, '`startTime` to be a Date or milliseconds since'],
    ['microseconds', { endTime: 1_795_000_000_000_000 }, '`endTime` to be a Date or milliseconds'],
    ['no Date', { startTime: new Date('soon') }, '`startTime` to be a Date'],
    ['a text', { endTime: '2026-11-15' }, '`endTime` to be a Date'],
    [
      'an end before the start',
      { startTime: new Date('2026-11-15'), endTime: new Date('2026-11-14') },
      '`endTime` to be no earlier than `startTime`',
    ],
    ['an error', { error: 'it broke' }, '`error` to be a boolean or an error'],
    ['an attribution', { attribution: 'secret' }, '`attribution` to be an object'],
    ['an id', { attribution: { userId: { secret: 1 } } }, '`userId` to be a string or a finite'],
  ]

  test.each(odd)('%s (%j) is named', (_, option, message) => {
    const record = (): void => recordCall({ ...call, usage, ...option })
    expect(record).toThrow(TypeError)
    expect(record).toThrow(message)
    expect(record).not.toThrow('secret')
    expect(recording.spans()).toEqual([])
  })

  test.each([undefined, null, 7])('instead of all of them: %s', (options) => {
    expect(() => recordCall(options as never)).toThrow('Expected `options` to be an object')
  })
})
