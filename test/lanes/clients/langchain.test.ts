import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { costFetch } from 'costspan/clients'
import { expect } from 'vitest'
import { z } from 'zod'
import {
  answers,
  describeClient,
  readAll,
  usage,
  type ClientCase,
} from '../../clients/client-suite.ts'

const configuration = (url: string) => ({
  baseURL: `${url}/openai/v1`,
  fetch: costFetch({ provider: 'openai' }),
})
const open = (url: string, more: object = {}): ChatOpenAI =>
  new ChatOpenAI({
    model: 'gpt-4o',
    apiKey: 'loopback',
    maxRetries: 0,
    configuration: configuration(url),
    ...more,
  })

const question = 'Why is the sky blue?'
const thoughtful = {
  text: 'Blue.',
  usage: { uncachedInput: 400, cacheRead: 600, outputText: 50, reasoning: 150 },
}
const stopped = { status: 'estimated stopped', isBounded: true } as const
const city = z.object({ city: z.string() })

/** What an application does with LangChain's class for OpenAI. */
const langChainCases = (): ClientCase[] => [
  {
    name: 'invoke',
    column: 'JSON',
    replies: [answers],
    run: async (url) => expect((await open(url).invoke(question)).content).toBe(answers.text),
  },
  {
    name: 'a batch',
    column: 'JSON',
    replies: [answers],
    run: (url) => open(url).batch([question, question]),
  },
  {
    name: 'a stream without usage',
    column: 'stream',
    replies: [answers],
    async run(url) {
      const chunks = await readAll(await open(url, { streamUsage: false }).stream(question))
      expect(chunks.map(({ content }) => content).join('')).toBe(answers.text)
    },
  },
  {
    name: 'a stream',
    column: 'stream with usage',
    replies: [answers],
    run: async (url) => readAll(await open(url).stream(question)),
  },
  {
    name: 'a response',
    column: 'responses',
    replies: [answers],
    run: (url) => open(url, { useResponsesApi: true }).invoke(question),
  },
  {
    name: 'a streamed response',
    column: 'responses',
    replies: [answers],
    run: async (url) => readAll(await open(url, { useResponsesApi: true }).stream(question)),
  },
  {
    name: 'embeddings',
    column: 'embeddings',
    replies: [{ usage: { uncachedInput: 12 } }],
    run: (url) =>
      new OpenAIEmbeddings({
        model: 'text-embedding-3-small',
        apiKey: 'loopback',
        configuration: configuration(url),
      }).embedQuery('Why?'),
  },
  {
    name: 'a tool call',
    column: 'tools',
    replies: [{ toolCalls: [{ name: 'weather', input: { city: 'Bern' } }], usage }],
    async run(url) {
      const model = open(url).bindTools([{ name: 'weather', description: 'weather', schema: city }])
      expect((await model.invoke(question)).tool_calls).toMatchObject([{ name: 'weather' }])
    },
  },
  {
    name: 'structured output',
    column: 'parse',
    replies: [{ text: '{"city":"Bern"}', usage }],
    run: async (url) =>
      expect(
        await open(url).withStructuredOutput(city, { method: 'jsonSchema' }).invoke(question),
      ).toEqual({ city: 'Bern' }),
  },
  {
    name: 'a stream with cached tokens',
    column: 'cached',
    replies: [thoughtful],
    run: async (url) => readAll(await open(url, { model: 'gpt-5' }).stream(question)),
  },
  {
    name: 'invoke with reasoning tokens',
    column: 'reasoning',
    replies: [thoughtful],
    run: (url) => open(url, { model: 'gpt-5' }).invoke(question),
  },
  {
    name: 'a retry',
    column: 'retry',
    replies: [{ failure: { status: 500 } }, answers],
    refused: 1,
    run: (url) => open(url, { maxRetries: 1 }).invoke(question),
  },
  ...[429, 500].map((status): ClientCase => ({
    name: `a call that fails with ${status}`,
    column: 'refused',
    replies: [{ failure: { status } }],
    refused: 1,
    run: (url) => expect(open(url).invoke(question)).rejects.toThrow(String(status)),
  })),
  {
    name: 'a stream that its reader leaves',
    column: 'stopped',
    replies: [{ ...answers, pauseMilliseconds: 20 }],
    ...stopped,
    async run(url) {
      for await (const _ of await open(url).stream(question)) break
    },
  },
  {
    name: 'a stream that is aborted',
    column: 'stopped',
    replies: [{ ...answers, failure: 'hang' }],
    ...stopped,
    async run(url) {
      const abort = new AbortController()
      try {
        const stream = await open(url).stream(question, { signal: abort.signal })
        for await (const _ of stream) abort.abort()
      } catch {
        // LangChain throws.
      }
    },
  },
  {
    name: 'a stream whose socket is cut',
    column: 'stopped',
    replies: [{ ...answers, failure: 'cut' }],
    ...stopped,
    run: (url) => expect(open(url).stream(question).then(readAll)).rejects.toThrow('terminated'),
  },
]

describeClient('ChatOpenAI of LangChain with costFetch', langChainCases(), {
  row: '`@langchain/openai` 1, `costFetch`',
})
