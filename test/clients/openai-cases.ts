import type OpenAI from 'openai'
import { expect } from 'vitest'
import { answers, readAll, usage, type ClientCase } from './client-suite.ts'

const messages = [{ role: 'user', content: 'Why is the sky blue?' }] as const
const chat = { model: 'gpt-4o', messages: [...messages] }
const thoughtful = {
  text: 'Blue.',
  usage: { uncachedInput: 400, cacheRead: 600, outputText: 50, reasoning: 150 },
}
const tool = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: {} } },
} as const

/** What an application does with OpenAI's client, of any major. */
export function openAiCases(open: (url: string, retries?: number) => OpenAI): ClientCase[] {
  return [
    {
      name: 'a chat completion',
      column: 'JSON',
      replies: [answers],
      async run(url) {
        const answer = await open(url).chat.completions.create(chat)
        expect(answer.usage?.prompt_tokens).toBe(1000)
      },
    },
    {
      name: 'a chat completion with cached tokens',
      column: 'cached',
      replies: [{ text: 'Blue.', usage: { uncachedInput: 400, cacheRead: 600, outputText: 50 } }],
      run: (url) => open(url).chat.completions.create(chat),
    },
    {
      name: 'a stream with cached tokens',
      column: 'cached',
      replies: [thoughtful],
      run: async (url) =>
        readAll(await open(url).chat.completions.create({ ...chat, model: 'gpt-5', stream: true })),
    },
    {
      name: 'a chat completion with cached and reasoning tokens',
      column: 'reasoning',
      replies: [thoughtful],
      run: (url) => open(url).chat.completions.create({ ...chat, model: 'gpt-5' }),
    },
    {
      name: 'a response with cached and reasoning tokens',
      column: 'reasoning',
      replies: [thoughtful],
      run: (url) => open(url).responses.create({ model: 'gpt-5', input: 'Why?' }),
    },
    {
      name: 'a stream that does not ask for usage',
      column: 'stream',
      replies: [answers],
      async run(url) {
        const chunks = await readAll(
          await open(url).chat.completions.create({ ...chat, stream: true }),
        )
        expect(chunks.every((chunk) => chunk.choices.length > 0 && !('usage' in chunk))).toBe(true)
        expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(
          answers.text,
        )
      },
    },
    {
      name: 'a stream that asks for usage',
      column: 'stream with usage',
      replies: [answers],
      async run(url) {
        const stream = await open(url).chat.completions.create({
          ...chat,
          stream: true,
          stream_options: { include_usage: true },
        })
        expect((await readAll(stream)).at(-1)?.usage?.completion_tokens).toBe(200)
      },
    },
    {
      name: 'a stream by the helper',
      column: 'stream',
      replies: [answers],
      async run(url) {
        const answer = await open(url).chat.completions.stream(chat).finalChatCompletion()
        expect(answer.choices[0]?.message.content).toBe(answers.text)
      },
    },
    {
      name: 'a tool call',
      column: 'tools',
      replies: [{ toolCalls: [{ name: 'weather', input: { city: 'Bern' } }], usage }],
      run: (url) => open(url).chat.completions.create({ ...chat, tools: [tool] }),
    },
    {
      name: 'parse',
      column: 'parse',
      replies: [{ text: '{"city":"Bern"}', usage }],
      run: (url) => open(url).chat.completions.parse(chat),
    },
    {
      name: 'withResponse',
      column: 'JSON',
      replies: [answers],
      async run(url) {
        const { data, response } = await open(url).chat.completions.create(chat).withResponse()
        expect(data.usage?.total_tokens).toBe(1200)
        expect(response.url).toContain('/chat/completions')
      },
    },
    {
      name: 'asResponse',
      column: 'JSON',
      replies: [answers],
      async run(url) {
        const response = await open(url).chat.completions.create(chat).asResponse()
        const copy = response.clone()
        expect(await response.text()).toBe(await copy.text())
        expect(copy.url).toBe(response.url)
      },
    },
    {
      name: 'a response',
      column: 'responses',
      replies: [answers],
      async run(url) {
        const answer = await open(url).responses.create({ model: 'gpt-4o', input: 'Why?' })
        expect(answer.output_text).toBe(answers.text)
      },
    },
    {
      name: 'a streamed response',
      column: 'responses',
      replies: [answers],
      run: async (url) =>
        readAll(await open(url).responses.create({ model: 'gpt-4o', input: 'Why?', stream: true })),
    },
    {
      name: 'embeddings',
      column: 'embeddings',
      replies: [{ usage: { uncachedInput: 12 } }],
      run: (url) => open(url).embeddings.create({ model: 'text-embedding-3-small', input: 'Why?' }),
    },
    {
      name: 'a refused call',
      column: 'refused',
      replies: [{ failure: { status: 429 } }],
      refused: 1,
      run: (url) => expect(open(url).chat.completions.create(chat)).rejects.toThrow('429'),
    },
    {
      name: 'a call that fails with 500',
      column: 'refused',
      replies: [{ failure: { status: 500 } }],
      refused: 1,
      run: (url) => expect(open(url).chat.completions.create(chat)).rejects.toThrow('500'),
    },
    {
      name: 'a retry',
      column: 'retry',
      replies: [{ failure: { status: 500 } }, answers],
      refused: 1,
      run: (url) => open(url, 1).chat.completions.create(chat),
    },
    {
      // The provider may have answered all the same, and bills it then.
      name: 'a call that the client gives up',
      column: 'stopped',
      replies: [{ ...answers, delayMilliseconds: 1000 }],
      status: 'estimated stopped',
      isBounded: true,
      run: (url) =>
        expect(open(url).chat.completions.create(chat, { timeout: 400 })).rejects.toThrow(
          'timed out',
        ),
    },
    {
      name: 'a stream that its reader leaves',
      column: 'stopped',
      replies: [{ ...answers, pauseMilliseconds: 20 }],
      status: 'estimated stopped',
      isBounded: true,
      async run(url) {
        const stream = await open(url).chat.completions.create({ ...chat, stream: true })
        for await (const _ of stream) break
      },
    },
    {
      name: 'a stream that is aborted',
      column: 'stopped',
      replies: [{ ...answers, failure: 'hang' }],
      status: 'estimated stopped',
      isBounded: true,
      async run(url) {
        const abort = new AbortController()
        const stream = await open(url).chat.completions.create(
          { ...chat, stream: true },
          { signal: abort.signal },
        )
        try {
          for await (const _ of stream) abort.abort()
        } catch {
          // Some versions throw, others end the loop.
        }
      },
    },
    {
      name: 'a stream whose socket is cut',
      column: 'stopped',
      replies: [{ ...answers, failure: 'cut' }],
      status: 'estimated stopped',
      isBounded: true,
      run: (url) =>
        expect(
          open(url)
            .chat.completions.create({ ...chat, stream: true })
            .then((stream) => readAll(stream)),
        ).rejects.toThrow('terminated'),
    },
  ]
}
