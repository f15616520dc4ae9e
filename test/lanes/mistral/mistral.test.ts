import { HTTPClient, Mistral } from '@mistralai/mistralai'
import { costFetch } from 'costspan/clients'
import { expect } from 'vitest'
import {
  answers,
  describeClient,
  readAll,
  usage,
  type ClientCase,
} from '../../clients/client-suite.ts'

const chat = {
  model: 'mistral-small-latest',
  messages: [{ role: 'user' as const, content: 'Why is the sky blue?' }],
}
const stopped = { status: 'estimated stopped', isBounded: true } as const
const tools = [
  { type: 'function' as const, function: { name: 'weather', parameters: { type: 'object' } } },
]

function open(url: string, retries = false): Mistral {
  return new Mistral({
    apiKey: 'loopback',
    serverURL: `${url}/mistral`,
    // The client sends each request as a `Request`.
    httpClient: new HTTPClient({ fetcher: costFetch({ provider: 'mistral_ai' }) }),
    retryConfig: retries
      ? {
          strategy: 'backoff',
          backoff: { initialInterval: 1, maxInterval: 2, exponent: 1, maxElapsedTime: 5000 },
          retryConnectionErrors: false,
        }
      : { strategy: 'none' },
  })
}

/** What an application does with Mistral's client. */
const mistralCases = (): ClientCase[] => [
  {
    name: 'a chat',
    column: 'JSON',
    replies: [answers],
    run: async (url) =>
      expect((await open(url).chat.complete(chat)).choices[0]?.message?.content).toBe(answers.text),
  },
  {
    name: 'a stream',
    column: 'stream',
    replies: [answers],
    run: async (url) => readAll(await open(url).chat.stream(chat)),
  },
  {
    name: 'embeddings',
    column: 'embeddings',
    replies: [{ usage: { uncachedInput: 12 } }],
    run: (url) => open(url).embeddings.create({ model: 'mistral-embed', inputs: ['Why?'] }),
  },
  {
    name: 'a tool call',
    column: 'tools',
    replies: [{ toolCalls: [{ name: 'weather', input: { city: 'Bern' } }], usage }],
    run: (url) => open(url).chat.complete({ ...chat, tools }),
  },
  {
    name: 'a chat with cached tokens',
    column: 'cached',
    replies: [{ text: 'Blue.', usage: { uncachedInput: 400, cacheRead: 600, outputText: 50 } }],
    run: (url) => open(url).chat.complete(chat),
  },
  {
    name: 'a retry',
    column: 'retry',
    replies: [{ failure: { status: 500 } }, answers],
    refused: 1,
    run: (url) => open(url, true).chat.complete(chat),
  },
  ...[429, 500].map((status): ClientCase => ({
    name: `a call that fails with ${status}`,
    column: 'refused',
    replies: [{ failure: { status } }],
    refused: 1,
    run: (url) => expect(open(url).chat.complete(chat)).rejects.toThrow(String(status)),
  })),
  {
    name: 'a stream that its reader leaves',
    column: 'stopped',
    replies: [{ ...answers, pauseMilliseconds: 20 }],
    ...stopped,
    async run(url) {
      for await (const _ of await open(url).chat.stream(chat)) break
    },
  },
  {
    name: 'a stream that is aborted',
    column: 'stopped',
    replies: [{ ...answers, failure: 'hang' }],
    ...stopped,
    async run(url) {
      const abort = new AbortController()
      const stream = await open(url).chat.stream(chat, { fetchOptions: { signal: abort.signal } })
      try {
        for await (const _ of stream) abort.abort()
      } catch {
        // The client throws.
      }
    },
  },
  {
    name: 'a stream whose socket is cut',
    column: 'stopped',
    replies: [{ ...answers, failure: 'cut' }],
    ...stopped,
    run: (url) => expect(open(url).chat.stream(chat).then(readAll)).rejects.toThrow('terminated'),
  },
]

describeClient('@mistralai/mistralai with costFetch', mistralCases(), {
  row: '`@mistralai/mistralai` 2, `costFetch`',
})
