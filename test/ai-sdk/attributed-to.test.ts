import { context, diag, DiagLogLevel, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution } from 'costspan'
import { attributedTo } from 'costspan/ai-sdk'
import { CostSpanExporter } from 'costspan/exporter'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ProviderRequest, Reply } from '../loopback/exchange.ts'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import {
  objectSchema,
  openSetUp,
  aiSdkSetUps,
  type AiSdkSetUp,
  register,
  withTool,
  type OpenedSetUp,
} from '../support/ai-sdk-set-ups.ts'
import { CopyingExporter, type ExportedSpan } from '../support/pipeline.ts'

const exporter = new CopyingExporter()
const alone = new InMemorySpanExporter()
const logged: string[] = []
let provider: LoopbackProvider
let bodies: string[] = []

function reply({ body, values }: ProviderRequest): Reply {
  const text = JSON.stringify(body)
  // The ids of tool calls count requests.
  bodies.push(text.replaceAll(/loopback_\d+/g, 'loopback'))
  if (values > 0) return { usage: { uncachedInput: 7 * values } }
  const usage = { uncachedInput: 100, cacheRead: 50, outputText: 20 }
  const asksForTool = text.includes('"weather"') && !text.includes('"role":"tool"')
  if (asksForTool) return { toolCalls: [{ name: 'weather', input: { city: 'Bern' } }], usage }
  // AI SDK 4 asks for an object by the one tool it offers.
  return text.includes('"response_format"') || text.includes('"tool_choice":{')
    ? { object: { city: 'Bern' }, usage }
    : { text: 'Sunny.', usage }
}

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({
      spanProcessors: [
        // Of the span alone, before anything was written onto it.
        new SimpleSpanProcessor(new CostSpanExporter(alone)),
        new CostSpanProcessor(),
        new SimpleSpanProcessor(exporter),
      ],
    }),
  )
  const none = (): void => {}
  const log = (...message: unknown[]): void => void logged.push(message.join(' '))
  diag.setLogger(
    { debug: none, error: log, info: none, verbose: none, warn: log },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
  provider = await startProvider({ reply })
})
afterAll(() => provider.close())
beforeEach(() => {
  exporter.spans.length = 0
  alone.reset()
  logged.length = 0
  bodies = []
  provider.calls.length = 0
})
afterEach(() => register([]))

/** The spans of the calls themselves, with what was exported of each. */
function calls(): ExportedSpan[] {
  return exporter.spans.filter(({ attributes }) => attributes['cost.status'] !== undefined)
}

function expectRightSum(): void {
  const billed = provider.calls.reduce((sum, { usd = 0 }) => sum + usd, 0)
  const priced = calls().reduce((sum, { attributes }) => sum + Number(attributes['cost.usd']), 0)
  expect(calls()).toHaveLength(provider.calls.length)
  expect(billed).toBeGreaterThan(0)
  // OpenAI's `generateText` and `generateObject` in AI SDK 5 and 6 hide cache reads: an upper bound.
  const isBound = calls().some(({ attributes }) => attributes['cost.status'] === 'upper_bound')
  if (isBound) expect(priced).toBeGreaterThanOrEqual(billed - 1e-9)
  else expect(priced).toBeCloseTo(billed, 9)
}

const ada = {
  userId: 'ada',
  tenantId: 'acme',
  plan: 'pro',
  tags: { feature: 'chat', gone: undefined },
}
const ofAda = {
  'user.id': 'ada',
  'tenant.id': 'acme',
  'cost.plan': 'pro',
  'cost.tag.feature': 'chat',
}

function settingsOf({ models }: OpenedSetUp): { model: unknown; prompt: string } {
  return { model: models.language('gpt-4o'), prompt: 'How is the weather?' }
}

type Kind = readonly [name: string, run: (opened: OpenedSetUp, who: object) => Promise<unknown>]

function kindsOf(lane: AiSdkSetUp): readonly Kind[] {
  return [
    ['generateText', (opened, who) => opened.sdk.generateText({ ...settingsOf(opened), ...who })],
    [
      'streamText',
      async (opened, who) =>
        opened.sdk.streamText({ ...settingsOf(opened), ...who }).consumeStream(),
    ],
    [
      'generateText with a tool',
      (opened, who) => {
        const tools = withTool(opened, lane.lane, () => Promise.resolve('Sunny.'))
        return opened.sdk.generateText({ ...settingsOf(opened), ...tools, ...who })
      },
    ],
    [
      'streamText with a tool',
      async (opened, who) => {
        const tools = withTool(opened, lane.lane, () => Promise.resolve('Sunny.'))
        await opened.sdk.streamText({ ...settingsOf(opened), ...tools, ...who }).consumeStream()
      },
    ],
    [
      'generateObject',
      (opened, who) => {
        const schema = objectSchema(opened)
        return opened.sdk.generateObject({ ...settingsOf(opened), schema, ...who })
      },
    ],
    [
      'streamObject',
      async (opened, who) => {
        const schema = objectSchema(opened)
        const { partialObjectStream } = opened.sdk.streamObject({
          ...settingsOf(opened),
          schema,
          ...who,
        })
        for await (const _ of partialObjectStream);
      },
    ],
    [
      'embed',
      (opened, who) => {
        const model = opened.models.embedding('text-embedding-3-small')
        return opened.sdk.embed({ model, value: 'a', ...who })
      },
    ],
    [
      'embedMany',
      (opened, who) => {
        const model = opened.models.embedding('text-embedding-3-small')
        Object.defineProperty(model, 'maxEmbeddingsPerCall', { value: 2 })
        return opened.sdk.embedMany({ model, values: ['a', 'b', 'c'], ...who })
      },
    ],
  ]
}

describe.each(aiSdkSetUps)('one line, $name', (lane) => {
  const { major } = lane.lane

  test.each(kindsOf(lane))(
    '%s: cost, user, plan and tag are on the call itself',
    async (_, run) => {
      await run(await openSetUp(lane, provider.url), attributedTo(ada))
      expectRightSum()
      for (const { attributes } of calls()) expect(attributes).toMatchObject(ofAda)
      for (const { attributes } of exporter.spans) expect(attributes['user.id']).toBe('ada')
      expect(logged).toEqual([])
    },
  )

  test.each(kindsOf(lane))('%s: the provider gets what it gets without it', async (_, run) => {
    const opened = await openSetUp(lane, provider.url)
    await run(opened, {})
    const without = bodies
    bodies = []
    await run(opened, attributedTo(ada))
    expect(bodies.toSorted()).toEqual(without.toSorted())
    expect(bodies.join()).not.toMatch(/ada|acme|telemetry/)
  })

  test('a call inside a tool that names no user is attributed to the same user', async () => {
    const opened = await openSetUp(lane, provider.url)
    const inner = major === 7 ? {} : { experimental_telemetry: { isEnabled: true } }
    const tools = withTool(opened, lane.lane, async () => {
      const { text } = await opened.sdk.generateText({ ...settingsOf(opened), ...inner })
      return text
    })
    await opened.sdk.generateText({ ...settingsOf(opened), ...tools, ...attributedTo(ada) })
    expect(calls()).toHaveLength(3)
    for (const { attributes } of calls()) expect(attributes).toMatchObject(ofAda)
    expectRightSum()
  })

  test.each([
    [
      'attributedTo',
      (run: (who: object) => Promise<unknown>) => run(attributedTo({ userId: 'bob' })),
    ],
    [
      'withAttribution',
      (run: (who: object) => Promise<unknown>) =>
        withAttribution({ userId: 'bob' }, () =>
          run(major === 7 ? {} : { experimental_telemetry: { isEnabled: true } }),
        ),
    ],
  ])(
    'a call inside a tool that names another user by %s is attributed to that one',
    async (_, as) => {
      const opened = await openSetUp(lane, provider.url)
      const tools = withTool(opened, lane.lane, () =>
        as(async (who) => {
          const { text } = await opened.sdk.generateText({ ...settingsOf(opened), ...who })
          return text
        }),
      )
      await opened.sdk.generateText({ ...settingsOf(opened), ...tools, ...attributedTo(ada) })
      const attributed = calls().map(
        ({ attributes }) => `${String(attributes['user.id'])} ${String(attributes['cost.plan'])}`,
      )
      expect(attributed.toSorted()).toEqual(['ada pro', 'ada pro', 'bob undefined'])
    },
  )

  test('it overrides the attribution of the request around it, field by field', async () => {
    const opened = await openSetUp(lane, provider.url)
    await withAttribution({ userId: 'eve', tenantId: 'globex', plan: 'free' }, async () => {
      await opened.sdk.generateText({ ...settingsOf(opened), ...attributedTo({ userId: 'ada' }) })
      await opened.sdk.generateText({ ...settingsOf(opened), ...attributedTo(undefined) })
    })
    expect(
      calls().map(({ attributes: { 'user.id': user, 'cost.plan': plan } }) => [user, plan]),
    ).toEqual([
      ['ada', undefined],
      ['eve', 'free'],
    ])
    expect(calls().map(({ attributes }) => attributes['tenant.id'])).toEqual(['globex', 'globex'])
  })

  test('many calls at once, each with its own user', async () => {
    const opened = await openSetUp(lane, provider.url)
    const users = Array.from({ length: 20 }, (_, index) => `user-${index}`)
    await Promise.all(
      users.map((userId) =>
        opened.sdk
          .streamText({ ...settingsOf(opened), ...attributedTo({ userId }) })
          .consumeStream(),
      ),
    )
    const attributed = calls().map(({ attributes }) => String(attributes['user.id']))
    expect(attributed.toSorted()).toEqual(users.toSorted())
  })

  test('options of the caller stay: given as the second argument', async () => {
    const opened = await openSetUp(lane, provider.url)
    const own = {
      functionId: 'place-of-the-call',
      recordInputs: false,
      metadata: { sessionId: 's-1', userId: 'old' },
    }
    await opened.sdk.generateText({ ...settingsOf(opened), ...attributedTo(ada, own) })
    const [call] = calls()
    const texts = JSON.stringify(exporter.spans.map(({ attributes }) => attributes))
    expect(texts).toContain('place-of-the-call')
    expect(texts).not.toContain('How is the weather?')
    if (major < 7) expect(call?.attributes['ai.telemetry.metadata.sessionId']).toBe('s-1')
    expect(call?.attributes).toMatchObject(ofAda)
  })

  test.each([{ isEnabled: undefined }, { isEnabled: undefined, functionId: 'chat' }, {}])(
    'a call that leaves it open whether telemetry is on, by %o, makes spans',
    async (options) => {
      const opened = await openSetUp(lane, provider.url)
      await opened.sdk.generateText({ ...settingsOf(opened), ...attributedTo(ada, options) })
      expectRightSum()
    },
  )

  test('a call that switches telemetry off makes no span', async () => {
    const opened = await openSetUp(lane, provider.url)
    await opened.sdk.generateText({
      ...settingsOf(opened),
      ...attributedTo(ada, { isEnabled: false }),
    })
    expect(exporter.spans).toEqual([])
  })

  test('absent fields, an id that is a number, an id that looks personal', async () => {
    const opened = await openSetUp(lane, provider.url)
    const absent = { userId: 42, tenantId: null, plan: undefined, tags: { none: null } }
    await opened.sdk.generateText({ ...settingsOf(opened), ...attributedTo(absent) })
    await opened.sdk.generateText({
      ...settingsOf(opened),
      ...attributedTo({ userId: 'ada@example.org' }),
    })
    expect(calls().map(({ attributes }) => attributes['user.id'])).toEqual(['42', undefined])
    expect(calls()[1]?.attributes['cost.attribution']).toBe('redacted')
    expect(JSON.stringify(exporter.spans)).not.toContain('example.org')
    expect(logged.filter((line) => !line.includes('looks personal'))).toEqual([])
  })
})

describe.each(aiSdkSetUps.filter(({ name }) => name !== 'AI SDK 7 without it'))(
  'an exporter that sees spans alone, $name',
  (lane) => {
    test.each(kindsOf(lane))('%s: the user is on the call', async (_, run) => {
      await run(await openSetUp(lane, provider.url), attributedTo(ada))
      const priced = alone.getFinishedSpans().filter(({ attributes }) => 'cost.usd' in attributes)
      expect(priced).not.toHaveLength(0)
      for (const { attributes } of priced) {
        expect(attributes).toMatchObject({
          'user.id': 'ada',
          'tenant.id': 'acme',
          'cost.plan': 'pro',
        })
      }
    })
  },
)

describe('integrations', () => {
  const [, , ai6, , ai7] = aiSdkSetUps

  test('one that AI SDK 6 has registered is called once', async () => {
    const started: unknown[] = []
    const opened = await openSetUp(ai6!, provider.url)
    register([{ onStart: (event: unknown) => started.push(event), tracer: 'none' }])
    await opened.sdk.generateText({ ...settingsOf(opened), ...attributedTo(ada) })
    expect(started).toHaveLength(1)
    expect(calls()[0]?.attributes).toMatchObject(ofAda)
  })

  test('those of the call are called once, in AI SDK 6 beside the registered ones, in 7 in their place', async () => {
    for (const lane of [ai6!, ai7!]) {
      const of: string[] = []
      const opened = await openSetUp(lane, provider.url)
      register([{ onStart: () => of.push('registered') }])
      const integrations = Object.freeze({ onStart: () => of.push('own') })
      await opened.sdk.generateText({
        ...settingsOf(opened),
        ...attributedTo(ada, { integrations }),
      })
      expect(of).toEqual(lane === ai6 ? ['registered', 'own'] : ['own'])
    }
  })

  test('one that is registered after attributedTo was called, as for an agent made when a module loads', async () => {
    const who = attributedTo(ada)
    const opened = await openSetUp(ai7!, provider.url)
    await opened.sdk.generateText({ ...settingsOf(opened), ...who })
    await opened.sdk.generateText({ ...settingsOf(opened), ...who })
    expect(calls()).toHaveLength(2)
    for (const { attributes } of calls()) expect(attributes).toMatchObject(ofAda)
  })

  test('one that fails is no error of the call', async () => {
    const opened = await openSetUp(ai7!, provider.url)
    const failing = {
      onStart: () => {
        throw new Error('failing')
      },
    }
    register([failing, ...ai7!.integrations()])
    await opened.sdk.generateText({ ...settingsOf(opened), ...attributedTo(ada) })
    expect(calls()[0]?.attributes).toMatchObject(ofAda)
  })

  test('a runtimeContext of the caller is left to it, and what it includes stays', async () => {
    const opened = await openSetUp(aiSdkSetUps[3]!, provider.url)
    const seen: unknown[] = []
    await opened.sdk.generateText({
      ...settingsOf(opened),
      runtimeContext: { requestId: 'r-1', secret: 's-1' },
      prepareStep: ({ runtimeContext }: { runtimeContext: unknown }) => {
        seen.push(runtimeContext)
        return {}
      },
      ...attributedTo(ada, { includeRuntimeContext: { requestId: true } }),
    })
    expect(seen).toEqual([{ requestId: 'r-1', secret: 's-1' }])
    const text = JSON.stringify(exporter.spans.map(({ attributes }) => attributes))
    expect(text).toContain('r-1')
    expect(text).not.toContain('s-1')
    expect(calls()[0]?.attributes).toMatchObject(ofAda)
  })

  test('an integration that writes no spans does not receive the ids', async () => {
    const opened = await openSetUp(ai7!, provider.url)
    const events: unknown[] = []
    register([{ onStart: (event: unknown) => events.push(event) }])
    await opened.sdk.generateText({ ...settingsOf(opened), ...attributedTo(ada) })
    expect(events).toHaveLength(1)
    expect(JSON.stringify(events)).not.toContain('ada')
  })
})

interface Agent {
  generate(options: object): Promise<unknown>
}

test.each([
  ['Experimental_Agent of AI SDK 5', aiSdkSetUps[1], 'Experimental_Agent'],
  ['ToolLoopAgent of AI SDK 6', aiSdkSetUps[2], 'ToolLoopAgent'],
  ['ToolLoopAgent of AI SDK 7', aiSdkSetUps[4], 'ToolLoopAgent'],
] as const)('an agent that is made with it: %s', async (_, lane, name) => {
  if (lane === undefined) throw new Error('there is no such lane')
  const opened = await openSetUp(lane, provider.url)
  const sdk = opened.sdk as unknown as Record<string, new (options: object) => Agent>
  const Made = sdk[name]
  if (Made === undefined) throw new Error(`there is no ${name}`)
  const { model, prompt } = settingsOf(opened)
  const tools = withTool(opened, lane.lane, () => Promise.resolve('Sunny.'))
  await new Made({ model, ...tools, ...attributedTo(ada) }).generate({ prompt })
  expect(calls()).toHaveLength(2)
  for (const { attributes } of calls()) expect(attributes).toMatchObject(ofAda)
})

test.each(aiSdkSetUps.filter(({ name }) => name !== 'AI SDK 7 without it'))(
  'without a context manager the ids of attributedTo are on the call: $name',
  async (lane) => {
    context.disable()
    try {
      const opened = await openSetUp(lane, provider.url)
      await opened.sdk.generateText({ ...settingsOf(opened), ...attributedTo(ada) })
      expect(calls()).toHaveLength(1)
      expect(calls()[0]?.attributes).toMatchObject({ 'user.id': 'ada', 'cost.plan': 'pro' })
    } finally {
      context.setGlobalContextManager(new AsyncLocalStorageContextManager())
    }
  },
)

test.each([
  [() => attributedTo({ userId: {} as string }), 'userId'],
  [() => attributedTo(Promise.resolve({ userId: 'ada' }) as object), 'attribution'],
  [() => attributedTo('ada' as unknown as object), 'attribution'],
  [() => attributedTo([] as object), 'attribution'],
  [() => attributedTo({ tags: { a: {} as string } }), 'tags.a'],
  [() => attributedTo({}, null as unknown as object), 'options'],
  [() => attributedTo({}, 'chat' as unknown as object), 'options'],
  [() => attributedTo({}, { metadata: null as unknown as object }), 'options.metadata'],
])('what cannot be an attribution is a TypeError that names it: %#', (call, name) => {
  expect(call).toThrow(TypeError)
  expect(call).toThrow(`\`${name}\``)
})
