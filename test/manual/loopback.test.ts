import Anthropic from '@anthropic-ai/sdk'
import { EventStreamCodec } from '@smithy/eventstream-codec'
import { trace } from '@opentelemetry/api'
import OpenAI from 'openai'
import type { Charge, Operation } from 'costspan'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import type { ProviderUsage } from '../loopback/exchange.ts'
import { recordCall, usageFrom, type RecordCallOptions } from 'costspan/record'
import { onlyCharge, startRecording, type Recording } from './recording.ts'

let loopback: LoopbackProvider
let usage: ProviderUsage | undefined
let recording: Recording

beforeAll(async () => {
  loopback = await startProvider({ reply: () => ({ text: 'It will be sunny.', usage }) as never })
})
afterAll(() => loopback.close())
beforeEach(() => {
  loopback.calls.length = 0
  // Anthropic's client makes spans of its own wherever a tracer provider is registered.
  trace.disable()
})

const plain = { uncachedInput: 1200, outputText: 340 }
const cached = { ...plain, cacheRead: 2048 }
const thought = { ...cached, reasoning: 512 }
const spoken = { ...plain, audioInput: 900 }
const written = { ...cached, cacheWrite5m: 700 }
const writtenTwice = { ...written, cacheWrite1h: 1500 }
const searched = { ...thought, cacheWrite5m: 700, cacheWrite1h: 1500, webSearches: 3 }

const openai = (): OpenAI =>
  new OpenAI({ baseURL: `${loopback.url}/openai/v1`, apiKey: 'loopback' })
const anthropic = (): Anthropic =>
  new Anthropic({ baseURL: `${loopback.url}/anthropic`, apiKey: 'loopback' })

async function post(path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(loopback.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
}
async function json(path: string, body: object): Promise<unknown> {
  return (await post(path, body)).json()
}
/** What an event stream carries, event by event. */
async function events(path: string, body: object): Promise<Record<string, unknown>[]> {
  const text = await (await post(path, body)).text()
  const lines = text.split('\n').filter((line) => line.startsWith('data: {'))
  return lines.map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>)
}
async function bedrockEvents(path: string): Promise<unknown[]> {
  const bytes = new Uint8Array(await (await post(path, {})).arrayBuffer())
  const codec = new EventStreamCodec(
    (input) => new TextDecoder().decode(input as Uint8Array),
    (text) => new TextEncoder().encode(text),
  )
  const found: unknown[] = []
  for (let at = 0; at < bytes.length;) {
    const length = new DataView(bytes.buffer, at).getUint32(0)
    const { body } = codec.decode(bytes.subarray(at, at + length))
    found.push(JSON.parse(new TextDecoder().decode(body)))
    at += length
  }
  return found
}

const messages = [{ role: 'user' as const, content: 'How is the weather?' }]
const chat = { model: 'gpt-4o', messages }
const streamed = { ...chat, stream: true as const, stream_options: { include_usage: true } }
const responses = { model: 'gpt-5', input: 'How is the weather?' }
const claude = { model: 'claude-haiku-4-5', max_tokens: 100, messages }
const nova = '/bedrock/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0'
const gemini = '/google/v1beta/models/gemini-2.5-flash'
const embedding = {
  model: 'text-embedding-3-small',
  input: 'weather',
  encoding_format: 'float' as const,
}

async function last<Item>(items: AsyncIterable<Item>): Promise<Item> {
  let found: Item | undefined
  for await (const item of items) found = item
  return found as Item
}

type Ask = () => Promise<unknown>

async function recorded(
  truth: ProviderUsage | undefined,
  ask: Ask,
  options: Partial<RecordCallOptions> = {},
): Promise<{ charge: Charge; usd: number | undefined }> {
  usage = truth
  const answer = await ask()
  recording = startRecording()
  const [served] = loopback.calls
  const { provider = 'unknown', model = 'unknown' } = served ?? {}
  recordCall({
    provider: provider === 'bedrock' ? 'aws.bedrock' : provider,
    model,
    usage: usageFrom(answer),
    ...options,
  })
  return { charge: onlyCharge(recording), usd: served?.usd }
}

const asks: [string, Ask, ProviderUsage[]][] = [
  ['OpenAI chat', () => json('/openai/v1/chat/completions', chat), [plain, thought, spoken]],
  ['OpenAI chat by its client', () => openai().chat.completions.create(chat), [plain, thought]],
  [
    'the last chunk of an OpenAI stream',
    async () => (await events('/openai/v1/chat/completions', streamed)).at(-1),
    [plain, thought],
  ],
  [
    'the last chunk of an OpenAI stream by its client',
    async () => last(await openai().chat.completions.create(streamed)),
    [plain, thought],
  ],
  ['OpenAI responses', () => json('/openai/v1/responses', responses), [plain, thought]],
  ['OpenAI responses by its client', () => openai().responses.create(responses), [plain, thought]],
  [
    'the last event of OpenAI responses',
    async () => (await events('/openai/v1/responses', { ...responses, stream: true })).at(-1),
    [plain, thought],
  ],
  [
    'the last event of OpenAI responses by its client',
    async () => last(await openai().responses.create({ ...responses, stream: true })),
    [plain, thought],
  ],
  [
    'OpenAI chat, its usage alone',
    async () => (await openai().chat.completions.create(chat)).usage,
    [plain, thought],
  ],
  [
    'OpenAI responses, its usage alone',
    async () => (await openai().responses.create(responses)).usage,
    [plain, thought],
  ],
  [
    'Azure chat',
    () => json('/azure/openai/deployments/team-chat/chat/completions', { messages }),
    [plain, cached],
  ],
  [
    'Anthropic messages',
    () => json('/anthropic/v1/messages', claude),
    [plain, thought, written, writtenTwice, searched],
  ],
  [
    'Anthropic messages by its client',
    () => anthropic().messages.create(claude),
    [plain, thought, written, writtenTwice, searched],
  ],
  [
    'the final message of an Anthropic stream by its client',
    () => anthropic().messages.stream(claude).finalMessage(),
    [plain, thought, written, writtenTwice, searched],
  ],
  [
    'Anthropic messages, their usage alone',
    async () => (await anthropic().messages.create(claude)).usage,
    [plain, thought, writtenTwice, searched],
  ],
  [
    'the last usage of an Anthropic stream',
    async () => {
      const found = await events('/anthropic/v1/messages', { ...claude, stream: true })
      return found.find(({ type }) => type === 'message_delta')
    },
    [plain, thought],
  ],
  [
    'Google',
    () => json(`${gemini}:generateContent`, {}),
    [plain, cached, { ...thought, reasoning: 9000 }, spoken],
  ],
  [
    'the last chunk of a Google stream',
    async () => (await events(`${gemini}:streamGenerateContent`, {})).at(-1),
    [plain, thought, spoken],
  ],
  ['Bedrock Converse', () => json(`${nova}/converse`, {}), [plain, cached, writtenTwice]],
  [
    'the last event of a Bedrock stream',
    async () => (await bedrockEvents(`${nova}/converse-stream`)).at(-1),
    [plain, cached, writtenTwice],
  ],
  [
    'the last event of a Bedrock stream as its client gives it',
    async () => ({ metadata: (await bedrockEvents(`${nova}/converse-stream`)).at(-1) }),
    [plain, writtenTwice],
  ],
]

const cases = asks.flatMap(([name, ask, truths]) =>
  truths.map((truth) => [name, JSON.stringify(truth), ask, truth] as const),
)

test.each(cases)('%s with %s costs what was billed', async (_, __, ask, truth) => {
  const { charge, usd } = await recorded(truth, ask)
  expect(usd).toBeGreaterThan(0)
  expect(charge).toMatchObject({ status: 'priced', reason: undefined })
  expect(charge.usd).toBeCloseTo(usd ?? Number.NaN, 9)
})

test.each<[string, Operation, Ask, ProviderUsage]>([
  [
    'OpenAI embeddings',
    'embeddings',
    () => json('/openai/v1/embeddings', embedding),
    { uncachedInput: 800 },
  ],
  [
    'OpenAI embeddings by its client',
    'embeddings',
    () => openai().embeddings.create(embedding),
    { uncachedInput: 800 },
  ],
  [
    'a Cohere rerank',
    'rerank',
    () => json('/cohere/v2/rerank', { model: 'rerank-v3.5', query: 'weather', documents: ['a'] }),
    { uncachedInput: 0, searchUnits: 2 },
  ],
])('%s costs what was billed', async (_, operation, ask, truth) => {
  const { charge, usd } = await recorded(truth, ask, { operation })
  expect(usd).toBeGreaterThan(0)
  expect(charge).toMatchObject({ status: 'priced', call: { operation } })
  expect(charge.usd).toBeCloseTo(usd ?? Number.NaN, 9)
})

describe('what an answer does not tell', () => {
  const stream = async (): Promise<Record<string, unknown>[]> =>
    events('/anthropic/v1/messages', { ...claude, stream: true })

  test('for how long the last usage of an Anthropic stream wrote makes a lower bound', async () => {
    const ask = async (): Promise<unknown> =>
      (await stream()).find(({ type }) => type === 'message_delta')
    const { charge, usd } = await recorded(writtenTwice, ask)
    expect(charge).toMatchObject({
      status: 'lower_bound',
      reason: 'cache_write_duration_unseen',
      usage: { cacheWrite5m: 2200, cacheWrite1h: 0 },
    })
    expect(charge.usd).toBeLessThan(usd ?? 0)
  })

  test('the first event of an Anthropic stream, all there is of one that broke off', async () => {
    const { charge, usd } = await recorded(writtenTwice, async () => (await stream())[0])
    expect(charge).toMatchObject({ status: 'lower_bound', reason: 'call_broken_off' })
    expect(charge.usage).toMatchObject({ input: 1200, cacheWrite1h: 1500, output: 3 })
    expect(charge.usd).toBeLessThan(usd ?? 0)
  })

  test.each<[string, Ask]>([
    ['OpenAI chat', () => json('/openai/v1/chat/completions', chat)],
    [
      'an OpenAI stream',
      async () => (await events('/openai/v1/chat/completions', streamed)).at(-1),
    ],
    ['OpenAI responses', () => json('/openai/v1/responses', responses)],
    ['OpenAI embeddings', () => json('/openai/v1/embeddings', embedding)],
    ['Google', () => json(`${gemini}:generateContent`, {})],
    [
      'Google embeddings',
      () => json('/google/v1beta/models/gemini-embedding-001:embedContent', {}),
    ],
    ['Bedrock', () => json(`${nova}/converse`, {})],
  ])('of %s without usage is its usage: a TypeError', async (_, ask) => {
    usage = undefined
    const answer = await ask()
    expect(() => usageFrom(answer)).toThrow(TypeError)
    expect(() => usageFrom(answer)).toThrow('an answer whose usage is recognised')
  })

  test('a refusal has none, and is recorded as a failed call', async () => {
    const refusing = await startProvider({ reply: () => ({ failure: { status: 400 } }) })
    const client = new OpenAI({ baseURL: `${refusing.url}/openai/v1`, apiKey: 'k', maxRetries: 0 })
    const error: unknown = await client.chat.completions.create(chat).catch((thrown) => thrown)
    await refusing.close()
    recording = startRecording()
    recordCall({ provider: 'openai', model: 'gpt-4o', error })
    expect(onlyCharge(recording)).toMatchObject({ status: 'call_failed', reason: 'http_error' })
  })
})
