import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { GoogleGenAI, type GenerateContentParameters } from '@google/genai'
import { costFetch, withCosts } from 'costspan/clients'
import { expect } from 'vitest'
import {
  answers,
  describeClient,
  readAll,
  usage,
  type ClientCase,
} from '../../clients/client-suite.ts'
import type { Reply } from '../../loopback/exchange.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const request = { model: 'gemini-2.5-flash', contents: 'Why is the sky blue?' }
const cached = { text: 'Blue.', usage: { uncachedInput: 400, cacheRead: 600, outputText: 50 } }
const thoughtful = { text: 'Blue.', usage: { uncachedInput: 400, outputText: 50, reasoning: 900 } }
const withAudio = { text: 'Blue.', usage: { uncachedInput: 400, audioInput: 3200, outputText: 50 } }
const stopped = { status: 'estimated stopped', isBounded: true } as const
const tools = [{ functionDeclarations: [{ name: 'weather' }] }]

/** What an application does with Google's client. */
function googleCases(open: (url: string, attempts?: number) => GoogleGenAI): ClientCase[] {
  const whole = (url: string, more: Partial<GenerateContentParameters> = {}) =>
    open(url).models.generateContent({ ...request, ...more })
  const streamed = async (url: string, more: Partial<GenerateContentParameters> = {}) =>
    open(url).models.generateContentStream({ ...request, ...more })
  const both = (
    column: NonNullable<ClientCase['column']>,
    what: string,
    reply: Reply,
    more: Partial<GenerateContentParameters> = {},
  ): ClientCase[] => [
    { name: `an answer${what}`, column, replies: [reply], run: (url) => whole(url, more) },
    {
      name: `a stream${what}`,
      column: column === 'JSON' ? 'stream' : column,
      replies: [reply],
      run: async (url) => readAll(await streamed(url, more)),
    },
  ]
  return [
    ...both('JSON', '', answers),
    ...both('JSON', ' to audio', withAudio),
    ...both('cached', ' with cached tokens', cached),
    ...both('reasoning', ' with thoughts', thoughtful),
    ...both(
      'tools',
      ' that calls a tool',
      { toolCalls: [{ name: 'weather', input: { city: 'Bern' } }], usage },
      { config: { tools } },
    ),
    {
      name: 'an answer as the client reads it',
      column: 'JSON',
      replies: [answers],
      async run(url) {
        const answer = await whole(url)
        expect(answer.text).toBe(answers.text)
        expect(answer.usageMetadata?.promptTokenCount).toBe(1000)
        expect(answer.sdkHttpResponse?.headers?.['content-type']).toBe('application/json')
      },
    },
    {
      name: 'a chat of two turns',
      column: 'JSON',
      replies: [answers],
      async run(url) {
        const chat = open(url).chats.create({ model: request.model })
        await chat.sendMessage({ message: 'Why?' })
        await readAll(await chat.sendMessageStream({ message: 'And at night?' }))
      },
    },
    {
      name: 'a retry',
      column: 'retry',
      replies: [{ failure: { status: 500 } }, answers],
      refused: 1,
      run: (url) => open(url, 2).models.generateContent(request),
    },
    ...[429, 500].map((status): ClientCase => ({
      name: `a call that fails with ${status}`,
      column: 'refused',
      replies: [{ failure: { status } }],
      refused: 1,
      run: (url) => expect(whole(url)).rejects.toThrow(String(status)),
    })),
    {
      name: 'a stream that its reader leaves',
      column: 'stopped',
      replies: [{ ...answers, pauseMilliseconds: 20 }],
      ...stopped,
      async run(url) {
        for await (const _ of await streamed(url)) break
        // The client does not cancel what it no longer reads: the garbage collector finds it.
        for (let turn = 0; turn < 10; turn++) {
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          await new Promise((resolve) => setTimeout(resolve, 5))
          collectGarbage()
        }
      },
    },
    {
      name: 'a stream that is aborted',
      column: 'stopped',
      replies: [{ ...answers, failure: 'hang' }],
      ...stopped,
      async run(url) {
        const abort = new AbortController()
        const stream = await streamed(url, { config: { abortSignal: abort.signal } })
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
      run: (url) => expect(streamed(url).then(readAll)).rejects.toThrow('terminated'),
    },
    {
      name: 'embeddings, of which the provider reports no usage',
      column: 'embeddings',
      replies: [{ usage: { uncachedInput: 12 } }],
      status: 'unknown_usage usage_not_reported',
      isBounded: true,
      run: (url) =>
        open(url).models.embedContent({ model: 'gemini-embedding-001', contents: 'Why?' }),
    },
  ]
}

const httpOptions = (url: string, attempts: number | undefined) => ({
  baseUrl: `${url}/google`,
  ...(attempts !== undefined && { retryOptions: { attempts } }),
})

describeClient(
  '@google/genai with costFetch',
  googleCases(
    (url, attempts) =>
      new GoogleGenAI({
        apiKey: 'loopback',
        httpOptions: {
          ...httpOptions(url, attempts),
          fetch: costFetch({ provider: 'google' }),
        },
      }),
  ),
  { row: '`@google/genai` 3, `costFetch`' },
)

describeClient(
  '@google/genai withCosts',
  googleCases((url, attempts) =>
    withCosts(new GoogleGenAI({ apiKey: 'loopback', httpOptions: httpOptions(url, attempts) }), {
      provider: 'google',
    }),
  ),
  { row: '`@google/genai` 3, `withCosts`' },
)

interface Dispatcher {
  dispatch(options: { headersTimeout?: number; bodyTimeout?: number }, handler: unknown): boolean
}

/** The limits in milliseconds under which Node's `fetch` sends requests meanwhile. */
async function limitsDuring(run: () => Promise<unknown>): Promise<unknown[]> {
  const limits: unknown[] = []
  await fetch('data:,')
  const key = Symbol.for('undici.globalDispatcher.1')
  const globals = globalThis as unknown as Record<symbol, Dispatcher>
  const original = globals[key]!
  globals[key] = {
    dispatch(options, handler) {
      limits.push([options.headersTimeout, options.bodyTimeout])
      return original.dispatch(options, handler)
    },
  }
  try {
    await run()
  } finally {
    globals[key] = original
  }
  return limits
}

async function expectSameLimits(url: string): Promise<void> {
  const client = () => new GoogleGenAI({ apiKey: 'none', httpOptions: httpOptions(url, 1) })
  const limits = await limitsDuring(async () => {
    await client().models.generateContent(request)
    await withCosts(client(), { provider: 'google' }).models.generateContent(request)
  })
  // The client lifts both.
  expect(limits).toEqual([
    [0, 0],
    [0, 0],
  ])
}

describeClient('@google/genai withCosts sends a request', [
  {
    name: 'under the time limits of the client alone',
    replies: [answers],
    // The other request is of the client alone.
    charged: 1,
    isBounded: true,
    run: expectSameLimits,
  },
])
