import type Anthropic from '@anthropic-ai/sdk'
import type { RawCase } from './client-suite.ts'

type Call = (client: Anthropic) => Promise<unknown>

const text = 'It is sunny in Lisbon, and warm.'
const usage = { uncachedInput: 1200, outputText: 300 }
const read = { uncachedInput: 1200, cacheRead: 8000, outputText: 300 }
// More than the prompt has besides, and less.
const readLittle = { uncachedInput: 9000, cacheRead: 1500, outputText: 300 }
const written = { uncachedInput: 6000, cacheWrite5m: 4000, outputText: 300 }
const writtenForAnHour = { uncachedInput: 6000, cacheWrite1h: 4000, outputText: 300 }
const thought = { uncachedInput: 400, outputText: 200, reasoning: 1600 }
const searched = { uncachedInput: 1200, outputText: 300, webSearches: 2 }

const request = {
  model: 'claude-sonnet-4-5',
  max_tokens: 1024,
  messages: [{ role: 'user' as const, content: 'What is the weather in Lisbon?' }],
}
const toolCalls = [{ name: 'weather', input: { city: 'Lisbon' } }]
const tools = [{ name: 'weather', input_schema: { type: 'object' } }]
const search = { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }

const whole =
  (more: object = {}): Call =>
  (client) =>
    client.messages.create({ ...request, ...more })

const streamed =
  (
    more: object = {},
    consume: (stream: AsyncIterable<unknown>) => Promise<unknown> = drain,
  ): Call =>
  async (client) =>
    consume(await client.messages.create({ ...request, stream: true, ...more }))

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

async function leaveEarly(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream) break
}

const plain = { text, usage }

/** What an application asks of Anthropic's own client. */
export const anthropicCases = {
  message: { reply: plain, call: whole() },
  'message with a tool call': { reply: { toolCalls, usage }, call: whole({ tools }) },
  'message with a cache read': { reply: { text, usage: read }, call: whole() },
  'message with a small cache read': { reply: { text, usage: readLittle }, call: whole() },
  'message with a cache write': { reply: { text, usage: written }, call: whole() },
  'message with a write for an hour': {
    reply: { text, usage: writtenForAnHour },
    call: whole(),
  },
  'message with thinking': { reply: { text, usage: thought }, call: whole() },
  'message with a web search': { reply: { text, usage: searched }, call: whole(search) },
  stream: { reply: plain, call: streamed() },
  'stream with a tool call': { reply: { toolCalls, usage }, call: streamed({ tools }) },
  'stream with a small cache read': { reply: { text, usage: readLittle }, call: streamed() },
  'stream with a cache write': { reply: { text, usage: written }, call: streamed() },
  'stream with thinking': { reply: { text, usage: thought }, call: streamed() },
  'stream with a web search': { reply: { text, usage: searched }, call: streamed(search) },
  'stream by the helper': {
    reply: plain,
    call: (client: Anthropic) => client.messages.stream(request).finalMessage(),
  },
  'HTTP error': { reply: { failure: { status: 429 } }, call: whole() },
  'HTTP error on a stream': { reply: { failure: { status: 500 } }, call: streamed() },
  'stream cut by the network': { reply: { ...plain, failure: 'cut' }, call: streamed() },
  'error in mid-stream': { reply: { ...plain, failure: 'error-event' }, call: streamed() },
  'stream that its reader leaves': { reply: plain, call: streamed({}, leaveEarly) },
} as const satisfies Record<string, RawCase<Anthropic>>
