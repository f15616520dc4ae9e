import type OpenAI from 'openai'
import type { RawCase } from './client-suite.ts'

type Call = (client: OpenAI) => Promise<unknown>

const text = 'It is sunny in Lisbon, and warm.'
const usage = { uncachedInput: 1200, outputText: 300 }
const cached = { uncachedInput: 1200, cacheRead: 8000, outputText: 300 }
const thought = { uncachedInput: 400, outputText: 200, reasoning: 1600 }
const messages = [{ role: 'user' as const, content: 'What is the weather in Lisbon?' }]

const whole =
  (model = 'gpt-4o', more: object = {}): Call =>
  (client) =>
    client.chat.completions.create({ model, messages, ...more })

const streamed =
  (more: object = {}, read: (stream: AsyncIterable<unknown>) => Promise<unknown> = drain): Call =>
  async (client) =>
    read(await client.chat.completions.create({ model: 'gpt-4o', messages, stream: true, ...more }))

const response =
  (model = 'gpt-4o', more: object = {}): Call =>
  (client) =>
    client.responses.create({ model, input: 'What is the weather in Lisbon?', ...more })

const streamedResponse =
  (model = 'gpt-4o'): Call =>
  async (client) =>
    drain(await client.responses.create({ model, input: 'What is the weather?', stream: true }))

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

async function leaveEarly(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream) break
}

const withUsage = { stream_options: { include_usage: true } }
const parameters = { type: 'object', properties: { city: { type: 'string' } } }
const tools = [{ type: 'function', function: { name: 'weather', parameters } }]
const toolCalls = [{ name: 'weather', input: { city: 'Lisbon' } }]
const plain = { text, usage }

/** What an application asks of OpenAI's own client. */
export const openAiCases = {
  chat: { reply: plain, call: whole() },
  'chat with a tool call': { reply: { toolCalls, usage }, call: whole('gpt-4o', { tools }) },
  'chat with a cache read': { reply: { text, usage: cached }, call: whole() },
  'chat with reasoning': { reply: { text, usage: thought }, call: whole('gpt-5') },
  'chat with audio in': {
    reply: { text, usage: { ...usage, audioInput: 500 } },
    call: whole(),
  },
  'stream with usage': { reply: plain, call: streamed(withUsage) },
  'stream without usage': { reply: plain, call: streamed() },
  'stream with a tool call': {
    reply: { toolCalls, usage },
    call: streamed({ ...withUsage, tools }),
  },
  'stream with a cache read': { reply: { text, usage: cached }, call: streamed(withUsage) },
  response: { reply: plain, call: response() },
  'response with a cache read': { reply: { text, usage: cached }, call: response() },
  'response with reasoning': { reply: { text, usage: thought }, call: response('gpt-5') },
  'response with web search offered': {
    reply: plain,
    call: response('gpt-4o', { tools: [{ type: 'web_search' }] }),
  },
  'streamed response': { reply: plain, call: streamedResponse() },
  'streamed response with reasoning': {
    reply: { text, usage: thought },
    call: streamedResponse('gpt-5'),
  },
  embedding: {
    reply: { usage: { uncachedInput: 5000 } },
    call: (client: OpenAI) =>
      client.embeddings.create({
        model: 'text-embedding-3-small',
        input: ['one', 'two'],
        encoding_format: 'float',
      }),
  },
  'HTTP error': { reply: { failure: { status: 429 } }, call: whole() },
  'HTTP error on a stream': { reply: { failure: { status: 500 } }, call: streamed(withUsage) },
  'HTTP error on a response': { reply: { failure: { status: 400 } }, call: response() },
  'stream cut by the network': {
    reply: { ...plain, failure: 'cut' },
    call: streamed(withUsage),
  },
  'stream that its reader leaves': { reply: plain, call: streamed(withUsage, leaveEarly) },
  'no usage in the answer': { reply: { text }, call: whole() },
} as const satisfies Record<string, RawCase<OpenAI>>
