import { expect } from 'vitest'
import { answers, readAll, usage, type ClientCase } from '../../clients/client-suite.ts'

interface Chunk {
  choices: { delta: { content?: string | null } }[]
  usage?: unknown
}

/** What clients for providers that are compatible with OpenAI have in common, with the types of none. */
interface CompatibleClient {
  chat: {
    completions: {
      create(request: object, options?: { signal: AbortSignal }): PromiseLike<unknown>
    }
  }
  embeddings: { create(request: object): PromiseLike<unknown> }
}

interface Models {
  readonly chat: string
  /** One with a price for cached tokens. */
  readonly cached?: string
  readonly embeddings?: string
}

/** What an application does with a client for a provider that is compatible with OpenAI. */
export function compatibleCases(
  models: Models,
  open: (url: string, retries?: number) => CompatibleClient,
): ClientCase[] {
  const chat = {
    model: models.chat,
    messages: [{ role: 'user', content: 'Why is the sky blue?' }],
  }
  const whole = (url: string, more: object = {}): PromiseLike<unknown> =>
    open(url).chat.completions.create({ ...chat, ...more })
  const stream = async (url: string, more: object = {}, signal?: AbortSignal) =>
    (await open(url).chat.completions.create(
      { ...chat, stream: true, ...more },
      signal && { signal },
    )) as AsyncIterable<Chunk>
  const stopped = { status: 'estimated stopped', isBounded: true } as const
  const { cached, embeddings } = models
  const tool = {
    type: 'function',
    function: { name: 'weather', parameters: { type: 'object', properties: {} } },
  }
  return [
    {
      name: 'a chat completion',
      column: 'JSON',
      replies: [answers],
      run: async (url) =>
        expect(await whole(url)).toMatchObject({ usage: { prompt_tokens: 1000 } }),
    },
    {
      name: 'a stream that does not ask for usage',
      column: 'stream',
      replies: [answers],
      async run(url) {
        const chunks = await readAll(await stream(url))
        expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
          answers.text,
        )
        expect(chunks.every(({ choices }) => choices.length > 0)).toBe(true)
      },
    },
    {
      name: 'a stream that asks for usage',
      column: 'stream with usage',
      replies: [answers],
      async run(url) {
        const chunks = await readAll(await stream(url, { stream_options: { include_usage: true } }))
        expect(chunks.at(-1)).toMatchObject({ usage: { completion_tokens: 200 } })
      },
    },
    {
      name: 'a tool call',
      column: 'tools',
      replies: [{ toolCalls: [{ name: 'weather', input: { city: 'Bern' } }], usage }],
      run: (url) => whole(url, { tools: [tool] }) as Promise<unknown>,
    },
    ...(embeddings === undefined
      ? []
      : [
          {
            name: 'embeddings',
            column: 'embeddings',
            replies: [{ usage: { uncachedInput: 12 } }],
            run: (url) =>
              open(url).embeddings.create({
                model: embeddings,
                input: 'Why?',
              }) as Promise<unknown>,
          } satisfies ClientCase as ClientCase,
        ]),
    ...(cached === undefined
      ? []
      : ([true, false] as const).map((isStream): ClientCase => ({
          name: `a ${isStream ? 'stream' : 'chat completion'} with cached and reasoning tokens`,
          column: isStream ? 'cached' : 'reasoning',
          replies: [
            {
              text: 'Blue.',
              usage: { uncachedInput: 400, cacheRead: 600, outputText: 50, reasoning: 150 },
            },
          ],
          run: async (url) =>
            isStream
              ? readAll(await stream(url, { model: cached }))
              : whole(url, { model: cached }),
        }))),
    {
      name: 'a retry',
      column: 'retry',
      // Of 500 `together-ai` makes no second attempt.
      replies: [{ failure: { status: 503 } }, answers],
      refused: 1,
      run: (url) => open(url, 1).chat.completions.create(chat) as Promise<unknown>,
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
        for await (const _ of await stream(url)) break
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
          for await (const _ of await stream(url, {}, abort.signal)) abort.abort()
        } catch {
          // Some clients throw, others end the loop.
        }
      },
    },
    {
      name: 'a stream whose socket is cut',
      column: 'stopped',
      replies: [{ ...answers, failure: 'cut' }],
      ...stopped,
      run: (url) => expect(stream(url).then(readAll)).rejects.toThrow('terminated'),
    },
  ]
}
