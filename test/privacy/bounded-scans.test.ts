import { afterEach, describe, expect, test, vi } from 'vitest'
import { redactAttributes } from '../../src/privacy/redact-attributes.ts'
import { createRedactor, type Redactor } from '../../src/privacy/redactor.ts'
import { LONGEST_JSON, readJsonObject } from '../../src/span/json.ts'
import { createCharger, CostSpanProcessor, dropContent } from 'costspan'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { plainSpan } from '../support/plain-span.ts'

afterEach(() => void vi.restoreAllMocks())

type Attributes = { [name: string]: unknown }

/** Protects attributes, and counts the characters that detection is given. */
function protectedWith(
  attributes: Attributes,
  options: Parameters<typeof createRedactor>[0] = {},
): { characters: number; left: Attributes } {
  let characters = 0
  const counting =
    <Result>(run: (raw: string) => Result) =>
    (raw: string) => {
      characters += raw.length
      return run(raw)
    }
  const real = createRedactor(options)
  const redactor: Redactor = { ...real, text: counting(real.text), id: counting(real.id) }
  const left = { ...attributes }
  redactAttributes(left, redactor)
  return { characters, left }
}

/** What detection may be given of one span: twice its bound, in parts that overlap, and names. */
const MOST = 2 * 65_536 * 1.1

const long = 'de12 a1b2 '.repeat(6554)
const names = [
  'user.name',
  'metadata',
  'langfuse.trace.metadata.a',
  'ai.telemetry.metadata.b',
  'cost.tag.c',
  'session.id',
  'traceloop.association.properties.d',
  'ai.settings.context.e',
]

function nested(depth: number): unknown {
  let value: unknown = 'x'
  for (let level = 0; level < depth; level++) value = { a: value, b: [level] }
  return value
}

const huge: readonly (readonly [what: string, make: (size: number) => Attributes])[] = [
  [
    'texts that may be account numbers',
    (size) => Object.fromEntries(names.map((name) => [name, long.slice(0, size)])),
  ],
  [
    'ids',
    (size) => ({
      'user.id': long.slice(0, size),
      'enduser.id': long.slice(0, size),
      'tenant.id': long.slice(0, size),
    }),
  ],
  [
    'JSON of many values',
    (size) => ({
      metadata: JSON.stringify(Array.from({ length: size / 10 }, (_, at) => `k${at}`)),
    }),
  ],
  [
    'lists of texts',
    (size) => ({
      'langfuse.trace.tags': Array.from({ length: size / 10 }, (_, at) => `a@b ${at}`),
    }),
  ],
  [
    'an object of many names',
    (size) => ({
      metadata: Object.fromEntries(
        Array.from({ length: size / 10 }, (_, at) => [`name ${at}`, 'x']),
      ),
    }),
  ],
  ['objects in objects', (size) => ({ metadata: nested(size / 100) })],
  ['a name', (size) => ({ [`metadata.${'a@ '.repeat(size / 3)}`]: 'x' })],
  [
    'many attributes',
    (size) =>
      Object.fromEntries(
        Array.from({ length: 200 }, (_, at) => [`metadata.${at}`, long.slice(0, size / 20)]),
      ),
  ],
]

describe('what detection is given of one span is bounded', () => {
  test.each(huge)('%s', (_, make) => {
    const [small, large, larger] = [65_536, 1_048_576, 2_097_152].map((size) =>
      protectedWith(make(size)),
    )
    expect(small?.characters).toBeLessThanOrEqual(MOST)
    expect(large?.characters).toBeLessThanOrEqual(MOST)
    // Twice the input is no more work.
    expect(larger?.characters).toBeLessThanOrEqual((large?.characters ?? 0) + 1000)
  })

  test.each(huge)('%s, where every id is replaced', (_, make) => {
    const options = { pseudonymize: { key: 'a key of sixteen characters' } }
    const [large, larger] = [1_048_576, 2_097_152].map((size) => protectedWith(make(size), options))
    expect(larger?.characters).toBeLessThanOrEqual((large?.characters ?? 0) + 1000)
    expect(large?.characters).toBeLessThanOrEqual(MOST)
  })

  test('what is beyond the bound is taken off, and nothing of it leaves', () => {
    for (const [, make] of huge) {
      const { left } = protectedWith(make(1_048_576))
      expect(JSON.stringify(left).length).toBeLessThanOrEqual(MOST)
    }
  })

  test('an id that is too long is taken off without being searched', () => {
    const { characters, left } = protectedWith({
      'user.id': 'x'.repeat(65_536),
      'enduser.id': 'y'.repeat(257),
      'tenant.id': 'z'.repeat(256),
    })
    expect(left).toEqual({ 'tenant.id': 'z'.repeat(256) })
    expect(characters).toBeLessThan(400)
  })

  test("with personalIds: 'keep' nothing is searched or taken off", () => {
    for (const [, make] of huge) {
      const attributes = make(100_000)
      const { characters, left } = protectedWith(attributes, { personalIds: 'keep' })
      expect(left).toEqual(attributes)
      expect(characters).toBe(0)
    }
  })

  test('what is within it stays as it is', () => {
    const attributes = {
      metadata: JSON.stringify({ a: [1, { b: 'two' }], c: 'x'.repeat(20_000) }),
      'user.name': 'y'.repeat(30_000),
      'cost.tag.a': 'chat',
    }
    expect(protectedWith(attributes).left).toEqual(attributes)
  })

  test('what is personal is found at any depth that is searched, and removed below it', () => {
    const at = (depth: number): Attributes => {
      let value: unknown = 'ada@example.com'
      for (let level = 0; level < depth; level++) value = { a: value }
      return { metadata: value }
    }
    for (const depth of [1, 5, 31, 32, 33, 100, 10_000]) {
      const { left } = protectedWith(at(depth))
      // Deeper than the stack is for JSON.stringify, so by hand.
      let inner: unknown = left['metadata']
      while (typeof inner === 'object' && inner !== null) inner = (inner as { a?: unknown }).a
      expect(inner).toBeUndefined()
    }
  })
})

describe('JSON is parsed up to a bound', () => {
  const usage = { 'ai.usage.inputTokens': 1000, 'ai.usage.outputTokens': 100 }
  const padded = (length: number): string => {
    const head = '{"openai":{"cachedPromptTokens":500,"logprobs":['
    return `${head}${'[],'.repeat((length - head.length) / 3)}0]}}`
  }

  test('what is longer is not parsed', () => {
    const parse = vi.spyOn(JSON, 'parse')
    expect(readJsonObject(padded(LONGEST_JSON + 100))).toBe('unreadable')
    expect(readJsonObject(`${'['.repeat(500_000)}${']'.repeat(500_000)}`)).toBe('unreadable')
    const attributes = {
      'ai.response.providerMetadata': padded(1_000_000),
      'output.value': padded(1_000_000),
      'llm.invocation_parameters': padded(1_000_000),
    }
    dropContent({ attributes })
    expect(attributes['ai.response.providerMetadata']).toBe('')
    expect(parse).not.toHaveBeenCalled()
  })

  test.each([
    ['as long as the bound', LONGEST_JSON - 100, 'priced', undefined],
    ['longer', LONGEST_JSON + 100, 'estimated', 'provider_metadata_unreadable'],
    ['a megabyte', 1_000_000, 'estimated', 'provider_metadata_unreadable'],
  ])('metadata %s: the charge is %s', (_, length, status, reason) => {
    const charge = createCharger()(
      plainSpan({
        'ai.operationId': 'ai.generateText.doGenerate',
        'ai.model.provider': 'openai.chat',
        'ai.model.id': 'gpt-4o',
        'ai.response.providerMetadata': padded(length),
        ...usage,
      }),
    )
    expect(charge?.status).toBe(status)
    if (reason === undefined) expect(charge?.reason).toBeUndefined()
    else expect(charge?.reason).toContain(reason)
  })
})

describe('JSON of attributes that may name a user is parsed within the bounds only', () => {
  const size = 500_000
  const brackets = `${'['.repeat(size)}${']'.repeat(size)}`
  const keys = (count: number): string =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, at])))
  const tooMuch: readonly (readonly [what: string, json: string])[] = [
    ['brackets', brackets],
    ['brackets that fit the bound on characters', `${'['.repeat(32_700)}${']'.repeat(32_700)}`],
    ['objects in objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['many keys', keys(60_000)],
    ['more keys than values are looked at', keys(4097)],
    ['many numbers', `[${'1,'.repeat(30_000)}1]`],
    ['brackets behind a string with brackets', `["]]]]",${'['.repeat(40)}${']'.repeat(40)}]`],
    ['brackets behind an escaped quote', String.raw`["\"]]",${'['.repeat(40)}${']'.repeat(40)}]`],
    ['an e-mail address among brackets', `["ada@example.com",${'['.repeat(5000)}`],
    ['escapes among brackets', String.raw`["\u0061",${'['.repeat(9000)}`],
    ['blanks', `[${' '.repeat(size)}"ada@example.com"]`],
  ]
  const namesOfUsers = [
    'ai.telemetry.metadata.note',
    'user.id',
    'cost.plan',
    'session.id',
    'langfuse.trace.metadata',
    'metadata',
    'llm.invocation_parameters',
    'ai.request.headers.user-agent',
  ]
  const options = { pseudonymize: { key: 'a key of sixteen characters' }, dropContent }

  test.each(tooMuch)('%s: not parsed, and taken off', (_, json) => {
    const parse = vi.spyOn(JSON, 'parse')
    for (const name of namesOfUsers) {
      const left = protectedWith({ [name]: json }, options).left[name]
      // A short text is an id, whatever it is.
      if (name !== 'user.id' || json.length > 256) expect(left).toBeUndefined()
      else expect(left).toMatch(/^pn_/)
    }
    const escaped = protectedWith({ metadata: json }).left['metadata']
    expect(escaped === undefined || escaped === json).toBe(true)
    expect(parse).not.toHaveBeenCalled()
  })

  test('all attributes of a span share one bound', () => {
    const parse = vi.spyOn(JSON, 'parse')
    const json = `{"a":"${'x'.repeat(20_000)}"}`
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`metadata.${at}`, json]))
    const { left } = protectedWith(many, options)
    // A text counts as a whole, and again where it is looked through.
    expect(parse).toHaveBeenCalledTimes(2)
    expect(left).toEqual({ 'metadata.0': json, 'metadata.1': '{}' })
  })

  test.each([
    ['brackets in a string', { a: `x${'['.repeat(100)}`, b: `"${'{'.repeat(50)}\\` }],
    ['an e-mail address in it', { a: [{ b: 'x@y' }], c: 1 }],
    ['31 levels', JSON.parse(`${'['.repeat(31)}"x"${']'.repeat(31)}`) as unknown],
    ['4,000 values', Array.from({ length: 4000 }, (_, at) => `k${at}`)],
  ])('%s: looked through, and left as it is', (_, value) => {
    const json = JSON.stringify(value)
    expect(protectedWith({ metadata: json }, options).left).toEqual({ metadata: json })
  })

  test.each([
    ['brackets', `${'['.repeat(32_700)}${']'.repeat(32_700)}`],
    ['objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['brackets in usage', `{"openai":{"logprobs":${'['.repeat(9000)}${']'.repeat(9000)}}}`],
  ])('%s as metadata of a provider: not parsed', (_, json) => {
    const parse = vi.spyOn(JSON, 'parse')
    const attributes = { 'ai.response.providerMetadata': json, 'output.value': json }
    expect(readJsonObject(json)).toBe('unreadable')
    dropContent({ attributes })
    expect(attributes).toEqual({ 'ai.response.providerMetadata': '' })
    expect(parse).not.toHaveBeenCalled()
  })
})

test('a call with an id that is too long is unattributed, and its span is marked as redacted', async () => {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({
    spanProcessors: [new CostSpanProcessor(), new SimpleSpanProcessor(exporter)],
  })
  for (const id of ['x'.repeat(257), long.slice(0, 65_000)]) {
    const span = provider.getTracer('ai').startSpan('ai.generateText.doGenerate', {
      attributes: {
        'ai.operationId': 'ai.generateText.doGenerate',
        'ai.model.provider': 'openai.chat',
        'ai.model.id': 'gpt-4o',
        'ai.telemetry.metadata.userId': id,
      },
    })
    span.setAttributes({ 'ai.usage.inputTokens': 1000, 'ai.usage.outputTokens': 100 })
    span.end()
  }
  await provider.forceFlush()
  for (const { attributes } of exporter.getFinishedSpans()) {
    expect(attributes['cost.attribution']).toBe('redacted')
    expect(attributes['user.id']).toBeUndefined()
    expect(attributes['ai.telemetry.metadata.userId']).toBeUndefined()
  }
  expect(exporter.getFinishedSpans()).toHaveLength(2)
})
