import { context, trace, type Attributes } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { LangfuseSpanProcessor } from '@langfuse/otel'
import {
  CostSpanProcessor,
  createCharger,
  dropContent,
  withAttribution,
  type Charge,
  type PrivacyOptions,
} from 'costspan'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { forgetPrinted } from '../support/printed.ts'
import { leaf, metadata, root, runtimeContext, tool } from '../support/attributed-spans.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())

const alice = 'alice@example.com'
const key = 'a key of pseudonyms, for tests only'
const pseudonym = /^pn_[\w-]{6}_[\w-]{22}$/

let charges: Charge[]
let exporter: InMemorySpanExporter
beforeEach(() => {
  charges = []
  exporter = new InMemorySpanExporter()
})

function tracerOf(
  privacy?: PrivacyOptions,
  { before = [], after = [] }: { before?: SpanProcessor[]; after?: SpanProcessor[] } = {},
) {
  const costs = new CostSpanProcessor({ privacy, onCharge: (charge) => charges.push(charge) })
  const spanProcessors = [...before, costs, ...after, new SimpleSpanProcessor(exporter)]
  return new BasicTracerProvider({ spanProcessors }).getTracer('ai')
}

type Tracer = ReturnType<typeof tracerOf>

/** A span around `inside`. */
function within(tracer: Tracer, attributes: Attributes, inside: () => void = () => {}): void {
  const span = tracer.startSpan('span', { attributes })
  context.with(trace.setSpan(context.active(), span), inside)
  span.end()
}

function exported(): Record<string, unknown>[] {
  return exporter.getFinishedSpans().map(({ attributes }) => attributes)
}

describe('an id that looks personal, without a key', () => {
  test('makes the call unattributed: user, tenant, plan and tags from further out are dropped', () => {
    const tracer = tracerOf()
    withAttribution({ userId: 'u_1', plan: 'pro', tenantId: 'acme', tags: { a: 'b' } }, () =>
      withAttribution({ userId: alice, tenantId: 'it@acme.example' }, () => within(tracer, leaf)),
    )
    expect(charges[0]?.attribution).toEqual({ redacted: true, tags: undefined })
    const [span = {}] = exported()
    expect(span).toMatchObject({ 'cost.attribution': 'redacted', 'cost.status': 'priced' })
    for (const name of ['user.id', 'tenant.id', 'cost.plan', 'cost.tag.a']) {
      expect(span).not.toHaveProperty([name])
    }
  })

  test('is replaced by a closer one that may be public', () => {
    const tracer = tracerOf()
    withAttribution({ userId: alice, plan: 'pro' }, () =>
      withAttribution({ userId: 'u_2' }, () => within(tracer, leaf)),
    )
    expect(charges[0]?.attribution).toMatchObject({ userId: 'u_2', plan: undefined })
    expect(exported()[0]).not.toHaveProperty(['cost.attribution'])
  })

  test('in metadata of the span above is redacted below too, at the start and at the end', () => {
    const tracer = tracerOf()
    withAttribution({ userId: 'u_1' }, () =>
      within(tracer, { ...root, ...metadata({ userId: alice, plan: 'pro' }) }, () => {
        within(tracer, { ...leaf, ...metadata({ userId: alice, plan: 'pro' }) })
        within(tracer, tool, () => within(tracer, { ...root }, () => within(tracer, leaf)))
      }),
    )
    expect(charges.map(({ attribution }) => attribution)).toEqual([
      { plan: 'pro', redacted: true },
      { plan: 'pro', redacted: true },
    ])
    expect(JSON.stringify(exported())).not.toContain('alice')
  })

  test('on the request’s span is removed when an AI span starts below it, for all below', () => {
    const tracer = tracerOf()
    withAttribution({ userId: 'u_1' }, () =>
      within(tracer, { 'user.id': alice, 'http.route': '/' }, () => {
        within(tracer, leaf)
        within(tracer, leaf)
      }),
    )
    expect(charges.map(({ attribution }) => attribution.redacted)).toEqual([true, true])
    expect(JSON.stringify(exported())).not.toContain('alice')
  })

  test('that is set while a span is open is removed at its end', () => {
    const tracer = tracerOf()
    const span = tracer.startSpan('span', { attributes: leaf })
    span.setAttributes({ 'user.id': alice, 'user.email': alice, 'cost.tag.owner': alice })
    span.end()
    expect(charges[0]?.attribution.redacted).toBe(true)
    expect(JSON.stringify(exported())).not.toContain('alice')
  })

  test('is reported once, with the place and without the id', () => {
    forgetPrinted()
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const tracer = tracerOf()
    within(tracer, { ...leaf, ...metadata({ userId: alice }), 'ai.telemetry.functionId': 'answer' })
    within(tracer, { ...leaf, ...metadata({ userId: alice }) })
    const warnings = warn.mock.calls
    warn.mockRestore()
    expect(warnings).toEqual([
      [
        expect.stringMatching(
          /^costspan: a call, span "span" of "answer", has a user id that looks personal/,
        ),
      ],
    ])
    expect(JSON.stringify(warnings)).not.toContain('alice')
  })

  test('is kept on request', () => {
    within(tracerOf({ personalIds: 'keep' }), { ...leaf, ...metadata({ userId: alice }) })
    expect(exported()[0]).toMatchObject({ 'user.id': alice })
    expect(charges[0]?.attribution.userId).toBe(alice)
  })
})

describe('what is copied onto spans', () => {
  test.each<[string, Attributes]>([
    ['metadata of any name', metadata({ contact: alice })],
    ['metadata in an array', metadata({ contacts: ['x', alice] })],
    ['runtime context', runtimeContext({ email: alice })],
    ['headers', { 'ai.request.headers.x-user': alice }],
    ['OpenTelemetry’s user', { 'user.email': alice, 'user.name': 'Alice', 'enduser.id': alice }],
    ['tags', { 'cost.tag.owner': alice }],
    ['Langfuse’s names', { 'langfuse.user.id': alice, 'langfuse.trace.metadata.owner': alice }],
    ['Langfuse’s lists', { 'langfuse.trace.tags': ['pro', alice] }],
    ['OpenInference’s names', { metadata: `{"owner":"${alice}","team":"a"}`, 'session.id': alice }],
    ['OpenInference’s parameters', { 'llm.invocation_parameters': `{"user":"${alice}"}` }],
    ['Traceloop’s names', { 'traceloop.association.properties.user_id': alice }],
  ])('%s leaves without what is personal', (_, attributes) => {
    within(tracerOf(), { ...root, ...attributes }, () => {})
    expect(JSON.stringify(exported())).not.toContain('alice@')
  })

  test('all else stays as it was', () => {
    const attributes = {
      ...metadata({ userId: 'u_1', count: 3, list: ['a', 'b'] }),
      metadata: '{"team":"a"}',
      'user.name': 'Alice',
      'ai.prompt': `{"prompt":"write to ${alice}"}`,
    }
    within(tracerOf(), { ...root, ...attributes })
    expect(exported()[0]).toMatchObject(attributes)
  })

  test('a list keeps what may be public, and metadata in JSON too', () => {
    const attributes = { ...metadata({ list: ['a', alice] }), metadata: `{"o":"${alice}","t":"a"}` }
    within(tracerOf(), { ...root, ...attributes })
    expect(exported()[0]).toMatchObject({
      'ai.telemetry.metadata.list': ['a'],
      metadata: '{"t":"a"}',
    })
  })

  test.each(['before', 'after'] as const)('by Langfuse’s processor %s costspan', (place) => {
    const langfuse = new LangfuseSpanProcessor({ exporter: new InMemorySpanExporter() })
    const tracer = tracerOf(undefined, { [place]: [langfuse as unknown as SpanProcessor] })
    within(tracer, { ...root, 'user.id': alice, 'langfuse.user.id': alice }, () =>
      within(tracer, { ...leaf, 'langfuse.trace.metadata.owner': alice }),
    )
    expect(JSON.stringify(exported())).not.toContain('alice@')
  })
})

describe('pseudonyms', () => {
  test('take the place of every user and tenant, in every process the same', () => {
    const tracer = tracerOf({ pseudonymize: { key } })
    withAttribution({ userId: 'u_1', tenantId: 'acme', plan: 'pro' }, () => within(tracer, leaf))
    // By Python's hmac: another value breaks the join with what is stored.
    expect(exported()[0]).toMatchObject({
      'user.id': 'pn_8riwOL_h-HBjH8mUomLaExDN1vVDf',
      'tenant.id': 'pn_8riwOL_jBGfRVYDaPwiwkK2Lrti_N',
      'cost.plan': 'pro',
    })
  })

  test('are made once: neither what is inherited nor what is one gets another', () => {
    const tracer = tracerOf({ pseudonymize: { key } })
    withAttribution({ userId: 'u_1' }, () =>
      within(tracer, { ...root, ...metadata({ userId: 'u_1' }) }, () => {
        within(tracer, { ...leaf, ...metadata({ userId: 'u_1' }) })
        within(tracer, tool, () => within(tracer, leaf))
      }),
    )
    const [{ userId } = {}] = charges.map(({ attribution }) => attribution)
    expect(userId).toMatch(pseudonym)
    withAttribution({ userId }, () => within(tracer, leaf))
    expect(charges.map(({ attribution }) => attribution.userId)).toEqual([userId, userId, userId])
    expect(JSON.stringify(exported())).not.toContain('u_1')
    const copied = exported().flatMap((span) => span['ai.telemetry.metadata.userId'] ?? [])
    expect(copied).toEqual([userId, userId])
  })

  test('two processors in one pipeline agree', () => {
    const second = new CostSpanProcessor({ privacy: { pseudonymize: { key } } })
    const tracer = tracerOf({ pseudonymize: { key } }, { after: [second] })
    within(tracer, { ...leaf, ...metadata({ userId: 'u_1' }) })
    expect(exported()[0]?.['user.id']).toBe(charges[0]?.attribution.userId)
  })

  test('another key gives others, and its name is in them', () => {
    for (const each of [key, `${key}, the next`]) {
      within(tracerOf({ pseudonymize: { key: each } }), { ...leaf, ...metadata({ userId: 'u_1' }) })
    }
    const [one = '', other = ''] = charges.map(({ attribution }) => attribution.userId)
    expect(one.slice(0, 9)).not.toBe(other.slice(0, 9))
    expect(one.slice(10)).not.toBe(other.slice(10))
  })

  test('by bytes and by the same text are the same', () => {
    for (const each of [key, new TextEncoder().encode(key)]) {
      within(tracerOf({ pseudonymize: { key: each } }), { ...leaf, ...metadata({ userId: 'u_1' }) })
    }
    const [one, other] = charges.map(({ attribution }) => attribution.userId)
    expect(one).toBe(other)
  })

  test('by a function that throws, or gives no text, are none: the id does not leave', () => {
    const broken = (): string => {
      throw new Error('no')
    }
    for (const pseudonymize of [broken, () => 7 as unknown as string]) {
      within(tracerOf({ pseudonymize }), { ...leaf, ...metadata({ userId: 'u_1' }) })
    }
    expect(charges.map(({ attribution }) => attribution.redacted)).toEqual([true, true])
    expect(JSON.stringify(exported())).not.toContain('u_1')
  })

  test('the id of a user stays hidden where it is copied as something else', () => {
    const tracer = tracerOf({ pseudonymize: { key } })
    const attributes = { ...metadata({ userId: 'user_77', account: 'user_77', plan: 'pro' }) }
    within(tracer, { ...leaf, ...attributes, metadata: '{"userId":"user_78"}' })
    expect(JSON.stringify(exported())).not.toMatch(/user_7[78]/)
    expect(exported()[0]).toMatchObject({ 'ai.telemetry.metadata.plan': 'pro' })
  })
})

describe('what an adversary found', () => {
  const text = (): string => JSON.stringify(exported())

  test('an agent inside a tool has metadata of its own', () => {
    const tracer = tracerOf()
    const nested = metadata({ userId: 'u_2', 'contact.email': alice })
    within(tracer, { ...root, ...metadata({ userId: 'u_1' }) }, () =>
      within(tracer, tool, () =>
        within(tracer, { ...root, ...nested }, () => within(tracer, { ...leaf, ...nested })),
      ),
    )
    expect(charges[0]?.attribution.userId).toBe('u_2')
    expect(text()).not.toContain(alice)
  })

  test('a span below an AI span has an address', () => {
    const tracer = tracerOf()
    within(tracer, root, () => within(tracer, { 'user.email': alice, 'db.system': 'postgres' }))
    expect(text()).not.toContain(alice)
    expect(text()).toContain('postgres')
  })

  test.each<[string, Attributes]>([
    [
      'past the first 4,096 characters',
      { metadata: JSON.stringify({ a: 'x'.repeat(5000) + alice }) },
    ],
    ['with its @ as a code', { metadata: `{"a":"alice\\u0040example.com"}` }],
    ['as a name in JSON', { metadata: `{"${alice}":1}` }],
    ['as the name of metadata', metadata({ [alice]: 'x' })],
    ['as the name of a tag', { [`cost.tag.${alice}`]: 'x' }],
  ])('an address %s', (_, attributes) => {
    within(tracerOf(), { ...root, ...attributes })
    expect(text()).not.toMatch(/alice(@|\\+u0040)/)
  })

  test('tags named by an address, or whose name is personal', () => {
    withAttribution({ userId: 'u_1', tags: { [alice]: 'x', team: 'a' } }, () =>
      within(tracerOf(), leaf),
    )
    expect(text()).not.toContain(alice)
    expect(exported()[0]).toMatchObject({ 'cost.tag.team': 'a' })
  })

  test.each<[string, Attributes]>([
    ['a number in JSON', { metadata: '{"userId":7654321}' }],
    ['an object in JSON', { metadata: '{"user":{"id":"u-7654321"}}' }],
    ['an object as JSON', metadata({ user: '{"id":"u-7654321"}' })],
    ['a list', metadata({ userId: ['u-7654321'] })],
    ['what OpenAI calls it', { 'llm.invocation_parameters': '{"safety_identifier":"u-7654321"}' }],
    ['in another place', metadata({ userId: 'u-7654321', account: 'u-7654321' })],
  ])('with a key, an id as %s', (_, attributes) => {
    within(tracerOf({ pseudonymize: { key } }), { ...leaf, ...attributes })
    expect(text()).not.toContain('7654321')
  })

  test('with a key, ids among tags', () => {
    const tags = { owner: 'u-7654321', userId: 'u-7654322', team: 'a' }
    withAttribution({ userId: 'u-7654321', tags }, () =>
      within(tracerOf({ pseudonymize: { key } }), leaf),
    )
    expect(text()).not.toContain('765432')
    expect(exported()[0]).toMatchObject({ 'cost.tag.team': 'a' })
  })

  test('an id that is a common word changes nothing on spans of other users', () => {
    const tracer = tracerOf({ pseudonymize: { key } })
    withAttribution({ userId: 'free' }, () => within(tracer, leaf))
    within(tracer, {
      ...leaf,
      ...metadata({ userId: 'bob', plan: 'free', label: '[beta] search' }),
    })
    expect(exported()[1]).toMatchObject({
      'cost.plan': 'free',
      'ai.telemetry.metadata.plan': 'free',
      'ai.telemetry.metadata.label': '[beta] search',
    })
  })

  test('a pseudonym of a function is made once', () => {
    const reversed = (id: string): string => `anon-${Array.from(id).toReversed().join('')}`
    const tracer = tracerOf({ pseudonymize: reversed })
    const span = tracer.startSpan('span', {
      attributes: { ...leaf, ...metadata({ userId: 'ab' }) },
    })
    span.setAttributes({ 'cost.plan': 'pro', 'enduser.id': 'ab' })
    span.end()
    expect(exported()[0]).toMatchObject({
      'user.id': 'anon-ba',
      'enduser.id': 'anon-ba',
      'ai.telemetry.metadata.userId': 'anon-ba',
    })
  })

  test('a span that cannot be charged keeps nothing either', () => {
    const tracer = tracerOf({ dropContent })
    const attributes = { ...leaf, ...metadata({ userId: alice }), 'ai.response.text': 'secret' }
    const span = tracer.startSpan('span', { attributes })
    Object.assign(span, { status: undefined })
    span.end()
    expect(JSON.stringify((span as unknown as { attributes: object }).attributes)).not.toMatch(
      /secret|alice/,
    )
  })

  test('content that providers tell beside the answer', () => {
    const openInference = {
      'openinference.span.kind': 'LLM',
      'llm.provider': 'openai',
      'llm.model_name': 'gpt-5',
      'llm.token_count.prompt': 10,
      'llm.token_count.completion': 1,
      'llm.invocation_parameters':
        '{"model":"gpt-5","service_tier":"flex","instructions":"secret"}',
      'output.mime_type': 'application/json',
      'output.value': '{"service_tier":"flex","usage":{},"output":"secret"}',
    }
    const logprobs = '{"openai":{"logprobs":[{"token":"secret"}],"serviceTier":"flex"}}'
    for (const privacy of [undefined, { dropContent }]) {
      const tracer = tracerOf(privacy)
      within(tracer, openInference)
      within(tracer, { ...leaf, 'ai.response.providerMetadata': logprobs })
    }
    const spans = exporter.getFinishedSpans()
    expect(JSON.stringify(spans.slice(2).map(({ attributes }) => attributes))).not.toContain(
      'secret',
    )
    // What a charge is computed from has stayed.
    const charge = createCharger()
    const again = spans.map((span) => charge(span)?.usd)
    expect(again).toEqual(charges.map(({ usd }) => usd))
    expect(again.slice(2)).toEqual(again.slice(0, 2))
  })
})

describe('ids that are none', () => {
  const bad: [string, string][] = [
    ['of more than 256 characters', 'x'.repeat(257)],
    ['of 10 kB', 'x'.repeat(10_000)],
    ['with a lone surrogate', 'user_\uD83D'],
  ]

  test.each(bad)('%s are refused where they are stated in code', (_, userId) => {
    const state = (): void => withAttribution({ userId }, () => {})
    expect(state).toThrow(/`userId` to be of at most 256 characters/)
    expect(state).not.toThrow(new RegExp(userId.slice(0, 5)))
  })

  test.each(bad)(
    '%s on a span make the call unattributed, without the user from further out',
    (_, userId) => {
      const tracer = tracerOf()
      withAttribution({ userId: 'u_1' }, () => within(tracer, { ...leaf, ...metadata({ userId }) }))
      expect(charges[0]?.attribution).toMatchObject({ redacted: true })
      expect(exported()[0]).toMatchObject({ 'cost.attribution': 'redacted' })
    },
  )
})

describe('a processor before costspan', () => {
  test('that copies a span when it starts sees the raw id; when it ends it does not', () => {
    const seen: string[] = []
    const copying: SpanProcessor = {
      onStart: (span) => void seen.push(`start ${JSON.stringify(span.attributes)}`),
      onEnd: (span) => void seen.push(`end ${JSON.stringify(span.attributes)}`),
      forceFlush: async () => {},
      shutdown: async () => {},
    }
    const tracer = tracerOf(undefined, { before: [copying] })
    within(tracer, { ...leaf, ...metadata({ userId: alice }) })
    expect(seen.map((line) => [line.slice(0, 5), line.includes(alice)])).toEqual([
      ['start', true],
      ['end {', false],
    ])
  })
})

describe('content', () => {
  test('is taken off on request, and what a charge is computed from stays', () => {
    const content = {
      'ai.prompt': '{"prompt":"secret"}',
      'ai.prompt.messages': '[{"content":"secret"}]',
      'ai.response.text': 'secret',
      'ai.toolCall.args': 'secret',
      'gen_ai.input.messages': 'secret',
      'gen_ai.prompt.0.content': 'secret',
      'llm.input_messages.0.message.content': 'secret',
      'input.value': 'secret',
      'langfuse.observation.input': 'secret',
    }
    const tools = { 'ai.prompt.tools': ['{"type":"function","name":"weather"}'] }
    within(tracerOf({ dropContent }), { ...leaf, ...content, ...tools })
    within(tracerOf(), { ...leaf, ...content, ...tools })
    const [dropped = {}, kept = {}] = exported()
    expect(kept).toMatchObject(content)
    expect(JSON.stringify(dropped)).not.toContain('secret')
    expect(dropped).toMatchObject(tools)
    expect(dropped['cost.usd']).toBe(kept['cost.usd'])
    expect(Object.keys(kept).length - Object.keys(dropped).length).toBe(Object.keys(content).length)
  })
})

describe('the privacy option', () => {
  test.each<[unknown, RegExp]>([
    [null, /`privacy` to be an object/],
    [{ pseudonimize: {} }, /`privacy.pseudonimize` to be one of/],
    [{ personalIds: 'drop' }, /`privacy.personalIds` to be 'omit' or 'keep', got "drop"/],
    [{ pseudonymize: {} }, /`privacy.pseudonymize.key` to be a key/],
    [{ pseudonymize: { key: 'short' } }, /a key of 16 characters or bytes at least, got one of 5/],
    [{ pseudonymize: { key, keyId: 1 } }, /`privacy.pseudonymize.keyId` to be one of key/],
    [{ pseudonymize: 'x' }, /`privacy.pseudonymize` to be an object with a key, or a function/],
    [{ pseudonymize: { key }, personalIds: 'keep' }, /absent beside pseudonymize/],
    [
      { dropContent: 1 },
      /`privacy.dropContent` to be the function `dropContent` of costspan, got 1/,
    ],
    [{ dropContent: true }, /the function `dropContent` of costspan, got true/],
  ])('%j is refused', (privacy, message) => {
    const create = (): unknown => new CostSpanProcessor({ privacy: privacy as PrivacyOptions })
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })
})
