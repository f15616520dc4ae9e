import type Anthropic from '@anthropic-ai/sdk'
import type { Charge } from 'costspan'
import { expect } from 'vitest'
import { answers, readAll, usage, type ClientCase } from './client-suite.ts'

const request = {
  model: 'claude-haiku-4-5',
  max_tokens: 1024,
  messages: [{ role: 'user' as const, content: 'Why is the sky blue?' }],
}
const weather = { name: 'weather', input_schema: { type: 'object' as const } }
const search = { type: 'web_search_20250305' as const, name: 'web_search' as const }

const cached = {
  text: 'Blue.',
  usage: { uncachedInput: 400, cacheRead: 600, outputText: 50 },
}
const written = {
  text: 'Blue.',
  usage: { uncachedInput: 400, cacheWrite5m: 3000, cacheWrite1h: 2000, outputText: 50 },
}
const thoughtful = { text: 'Blue.', usage: { uncachedInput: 400, outputText: 50, reasoning: 900 } }
const searched = { text: 'Blue.', usage: { uncachedInput: 400, outputText: 50, webSearches: 2 } }

/** What an application does with Anthropic's client. */
export function anthropicCases(open: (url: string, retries?: number) => Anthropic): ClientCase[] {
  const whole = (url: string, more: object = {}): Promise<unknown> =>
    open(url).messages.create({ ...request, ...more })
  const streamed = async (url: string, more: object = {}) =>
    readAll(await open(url).messages.create({ ...request, stream: true, ...more }))
  return [
    {
      name: 'a message',
      column: 'JSON',
      replies: [answers],
      run: async (url) =>
        expect(await open(url).messages.create(request)).toMatchObject({
          usage: { input_tokens: 1000, output_tokens: 200 },
        }),
    },
    {
      name: 'withResponse',
      column: 'JSON',
      replies: [answers],
      async run(url) {
        const { data, response } = await open(url).messages.create(request).withResponse()
        expect(data.usage.output_tokens).toBe(200)
        expect(response.url).toContain('/v1/messages')
      },
    },
    {
      name: 'a message with a web search',
      column: 'JSON',
      replies: [searched],
      run: (url) => whole(url, { tools: [search] }),
    },
    { name: 'a stream', column: 'stream', replies: [answers], run: (url) => streamed(url) },
    {
      name: 'a stream by the helper',
      column: 'stream',
      replies: [answers],
      async run(url) {
        const message = await open(url).messages.stream(request).finalMessage()
        expect(message.content).toMatchObject([{ text: answers.text }])
      },
    },
    {
      name: 'a stream with a web search',
      column: 'stream',
      replies: [searched],
      run: (url) => streamed(url, { tools: [search] }),
    },
    {
      name: 'a tool call',
      column: 'tools',
      replies: [{ toolCalls: [{ name: 'weather', input: { city: 'Bern' } }], usage }],
      run: (url) => whole(url, { tools: [weather] }),
    },
    {
      name: 'a streamed tool call',
      column: 'tools',
      replies: [{ toolCalls: [{ name: 'weather', input: { city: 'Bern' } }], usage }],
      run: (url) => streamed(url, { tools: [weather] }),
    },
    {
      name: 'a message parsed',
      column: 'parse',
      replies: [{ text: '{"city":"Bern"}', usage }],
      run: (url) => open(url).messages.parse(request),
    },
    {
      name: 'a message that reads the cache',
      column: 'cached',
      replies: [cached],
      run: (url) => whole(url),
    },
    {
      name: 'a message that writes the cache for five minutes and an hour',
      column: 'cached',
      replies: [written],
      run: (url) => whole(url),
    },
    {
      name: 'a stream that writes the cache for five minutes and an hour',
      column: 'cached',
      replies: [written],
      run: (url) => streamed(url),
    },
    {
      name: 'a message with thinking',
      column: 'reasoning',
      replies: [thoughtful],
      run: (url) => whole(url),
    },
    {
      name: 'a stream with thinking',
      column: 'reasoning',
      replies: [thoughtful],
      run: (url) => streamed(url),
    },
    {
      name: 'a retry',
      column: 'retry',
      replies: [{ failure: { status: 500 } }, answers],
      refused: 1,
      run: (url) => open(url, 1).messages.create(request),
    },
    ...[429, 500].map((status): ClientCase => ({
      name: `a call that fails with ${status}`,
      column: 'refused',
      replies: [{ failure: { status } }],
      refused: 1,
      run: (url) => expect(whole(url)).rejects.toThrow(String(status)),
    })),
    {
      // The provider may have answered all the same, and bills it then.
      name: 'a call that the client gives up',
      column: 'stopped',
      replies: [{ ...answers, delayMilliseconds: 1000 }],
      status: 'estimated stopped',
      isBounded: true,
      run: (url) =>
        expect(open(url).messages.create(request, { timeout: 400 })).rejects.toThrow('timed out'),
    },
    {
      name: 'a stream that its reader leaves',
      column: 'stopped',
      replies: [{ ...answers, pauseMilliseconds: 20 }],
      ...stopped,
      async run(url) {
        for await (const _ of await open(url).messages.create({ ...request, stream: true })) break
      },
    },
    {
      name: 'a stream that is aborted',
      column: 'stopped',
      replies: [{ ...answers, failure: 'hang' }],
      ...stopped,
      async run(url) {
        const stream = open(url).messages.stream(request)
        stream.on('text', () => stream.abort())
        await expect(stream.finalMessage()).rejects.toThrow('aborted')
      },
    },
    {
      name: 'a stream whose socket is cut',
      column: 'stopped',
      replies: [{ ...answers, failure: 'cut' }],
      ...stopped,
      run: (url) => expect(streamed(url)).rejects.toThrow('terminated'),
    },
    {
      name: 'a stream that ends with an error event',
      column: 'stopped',
      replies: [{ ...answers, failure: 'error-event' }],
      ...stopped,
      run: (url) => expect(streamed(url)).rejects.toThrow('Overloaded'),
    },
  ]
}

/** Anthropic reports the input as the stream starts: it is exact, however the stream ends. */
function expectExactInput([charge]: readonly Charge[]): void {
  expect(charge?.usage?.input).toBe(1000)
}

const stopped = {
  status: 'estimated stopped',
  isBounded: true,
  check: expectExactInput,
} as const
