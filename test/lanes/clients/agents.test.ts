import {
  Agent,
  OpenAIProvider,
  Runner,
  setDefaultOpenAIClient,
  setOpenAIAPI,
  setTracingDisabled,
  tool,
} from '@openai/agents'
import { withCosts } from 'costspan/clients'
import OpenAI from 'openai'
import { expect } from 'vitest'
import { z } from 'zod'
import { answers, describeClient, usage, type ClientCase } from '../../clients/client-suite.ts'
import type { ServedCall } from '../../loopback/provider.ts'

setTracingDisabled(true)

const weather = tool({
  name: 'weather',
  description: 'The weather of a city',
  parameters: z.object({ city: z.string() }),
  execute: () => 'Mild.',
})
const question = 'Why is the sky blue?'
const callsTool = { toolCalls: [{ name: 'weather', input: { city: 'Bern' } }], usage }
const thoughtful = {
  text: 'Blue.',
  usage: { uncachedInput: 400, cacheRead: 600, outputText: 50, reasoning: 150 },
}
const stopped = { status: 'estimated stopped', isBounded: true } as const

interface Use {
  readonly api?: 'chat_completions' | 'responses'
  readonly model?: string
  readonly maxRetries?: number
}

const settings = { name: 'Guide', instructions: 'Answer.', tools: [weather] }

/** Sets OpenAI's client for all agents, as an application does once. */
function runnerFor(
  url: string,
  { api = 'chat_completions', model = 'gpt-4o', maxRetries = 0 }: Use = {},
): Runner {
  const client = new OpenAI({ apiKey: 'loopback', baseURL: `${url}/openai/v1`, maxRetries })
  setDefaultOpenAIClient(withCosts(client, { provider: 'openai' }))
  setOpenAIAPI(api)
  // A provider keeps the first client and interface that it has used.
  return new Runner({ model, modelProvider: new OpenAIProvider() })
}

const whole = (url: string, use?: Use) => runnerFor(url, use).run(new Agent(settings), question)

async function streamed(url: string, use?: Use): Promise<void> {
  const result = await runnerFor(url, use).run(new Agent(settings), question, {
    stream: true,
  })
  for await (const _ of result);
  await result.completed
}

function expectResponses(_: unknown, __: unknown, [call]: readonly ServedCall[]): void {
  expect(call?.endpoint).toBe('/v1/responses')
}

/** What an application does with OpenAI's agents. */
const agentCases = (): ClientCase[] => [
  {
    name: 'a run',
    column: 'JSON',
    replies: [answers],
    run: async (url) => expect((await whole(url)).finalOutput).toBe(answers.text),
  },
  {
    name: 'a streamed run',
    column: 'stream with usage',
    replies: [answers],
    run: (url) => streamed(url),
  },
  {
    name: 'a run by the responses API',
    column: 'responses',
    replies: [answers],
    run: (url) => whole(url, { api: 'responses' }),
    check: expectResponses,
  },
  {
    name: 'a streamed run by the responses API',
    column: 'responses',
    replies: [answers],
    run: (url) => streamed(url, { api: 'responses' }),
    check: expectResponses,
  },
  ...(['chat_completions', 'responses'] as const).flatMap((api): ClientCase[] => [
    {
      name: `a run with a tool by ${api}`,
      column: 'tools',
      replies: [callsTool, answers],
      run: async (url) => expect((await whole(url, { api })).finalOutput).toBe(answers.text),
    },
    {
      name: `a streamed run with a tool by ${api}`,
      column: 'tools',
      replies: [callsTool, answers],
      run: (url) => streamed(url, { api }),
    },
    {
      name: `a run with cached tokens by ${api}`,
      column: 'cached',
      replies: [thoughtful],
      run: (url) => whole(url, { api, model: 'gpt-5' }),
    },
    {
      name: `a streamed run with reasoning tokens by ${api}`,
      column: 'reasoning',
      replies: [thoughtful],
      run: (url) => streamed(url, { api, model: 'gpt-5' }),
    },
  ]),
  {
    name: 'a run with structured output',
    column: 'parse',
    replies: [{ text: '{"city":"Bern"}', usage }],
    async run(url) {
      const agent = new Agent({ ...settings, outputType: z.object({ city: z.string() }) })
      const { finalOutput } = await runnerFor(url).run(agent, question)
      expect(finalOutput).toEqual({ city: 'Bern' })
    },
  },
  {
    name: 'a retry',
    column: 'retry',
    replies: [{ failure: { status: 500 } }, answers],
    refused: 1,
    run: (url) => whole(url, { maxRetries: 1 }),
  },
  ...[429, 500].map((status): ClientCase => ({
    name: `a call that fails with ${status}`,
    column: 'refused',
    replies: [{ failure: { status } }],
    refused: 1,
    run: (url) => expect(whole(url)).rejects.toThrow(String(status)),
  })),
  {
    name: 'a streamed run that is aborted',
    column: 'stopped',
    replies: [{ ...answers, failure: 'hang' }],
    ...stopped,
    async run(url) {
      const abort = new AbortController()
      const result = await runnerFor(url).run(new Agent(settings), question, {
        stream: true,
        signal: abort.signal,
      })
      try {
        for await (const event of result) if (event.type === 'raw_model_stream_event') abort.abort()
        await result.completed
      } catch {
        // Some versions throw, others end the loop.
      }
    },
  },
  {
    name: 'a streamed run whose socket is cut',
    column: 'stopped',
    replies: [{ ...answers, failure: 'cut' }],
    ...stopped,
    run: (url) => expect(streamed(url)).rejects.toThrow('terminated'),
  },
]

describeClient('the agents of OpenAI withCosts', agentCases(), {
  row: '`@openai/agents` 0.20, `withCosts`',
})
