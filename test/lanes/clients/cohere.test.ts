import { CohereClientV2 } from 'cohere-ai'
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
  model: 'command-r-08-2024',
  messages: [{ role: 'user' as const, content: 'Why is the sky blue?' }],
}
const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: {} } }]
const stopped = { status: 'estimated stopped', isBounded: true } as const

function open(url: string, maxRetries = 0): CohereClientV2 {
  return new CohereClientV2({
    token: 'loopback',
    baseUrl: `${url}/cohere`,
    maxRetries,
    fetch: costFetch({ provider: 'cohere' }),
  })
}

/** What an application does with Cohere's client. */
const cohereCases = (): ClientCase[] => [
  {
    name: 'a chat',
    column: 'JSON',
    replies: [answers],
    run: async (url) =>
      expect((await open(url).chat(chat)).message.content).toMatchObject([{ text: answers.text }]),
  },
  {
    name: 'a rerank',
    column: 'JSON',
    replies: [{ usage: { uncachedInput: 0, searchUnits: 3 } }],
    run: (url) =>
      open(url).rerank({ model: 'rerank-v3.5', query: 'Why?', documents: ['one', 'two'] }),
  },
  {
    name: 'a stream',
    column: 'stream',
    replies: [answers],
    run: async (url) => readAll(await open(url).chatStream(chat)),
  },
  {
    name: 'embeddings',
    column: 'embeddings',
    replies: [{ usage: { uncachedInput: 12 } }],
    run: (url) =>
      open(url).embed({
        model: 'embed-v4.0',
        texts: ['Why?'],
        inputType: 'search_query',
        embeddingTypes: ['float'],
      }),
  },
  {
    name: 'a tool call',
    column: 'tools',
    replies: [{ toolCalls: [{ name: 'weather', input: { city: 'Bern' } }], usage }],
    run: (url) => open(url).chat({ ...chat, tools }),
  },
  {
    name: 'a retry',
    column: 'retry',
    replies: [{ failure: { status: 500 } }, answers],
    refused: 1,
    run: (url) => open(url, 1).chat(chat),
  },
  ...[429, 500].map((status): ClientCase => ({
    name: `a call that fails with ${status}`,
    column: 'refused',
    replies: [{ failure: { status } }],
    refused: 1,
    run: (url) => expect(open(url).chat(chat)).rejects.toThrow(String(status)),
  })),
  {
    name: 'a stream that its reader leaves',
    column: 'stopped',
    replies: [{ ...answers, pauseMilliseconds: 20 }],
    ...stopped,
    async run(url) {
      for await (const _ of await open(url).chatStream(chat)) break
    },
  },
  {
    name: 'a stream that is aborted',
    column: 'stopped',
    replies: [{ ...answers, failure: 'hang' }],
    ...stopped,
    async run(url) {
      const abort = new AbortController()
      const stream = await open(url).chatStream(chat, { abortSignal: abort.signal })
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
    run: (url) => expect(open(url).chatStream(chat).then(readAll)).rejects.toThrow('terminated'),
  },
]

describeClient('cohere-ai with costFetch', cohereCases(), { row: '`cohere-ai` 8, `costFetch`' })
