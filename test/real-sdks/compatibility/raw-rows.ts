import { createRequire } from 'node:module'
import { registerInstrumentations, type Instrumentation } from '@opentelemetry/instrumentation'
import type AnthropicModule from '@anthropic-ai/sdk'
import type OpenAIModule from 'openai'
import { recordCall, usageFrom } from 'costspan/record'
import { toolAnswer, type Row } from './compatibility-suite.ts'

const require = createRequire(import.meta.url)
const noEmbeddings = '– no such call'
const prompt = 'How is the weather?'

type Turn = { role: 'user'; content: string }

const asked: Turn[] = [{ role: 'user', content: prompt }]
/** What a client sends when the tool has answered, in as few words as the loopback needs. */
const answered: Turn[] = [...asked, { role: 'user', content: JSON.stringify(toolAnswer) }]
const parameters = { type: 'object' as const, properties: { city: { type: 'string' } } }

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

/** OpenAI's own client under an instrumentation. */
export function openAiRow(name: string, create: () => Instrumentation): Row {
  return {
    name,
    open(url, tracerProvider) {
      registerInstrumentations({ instrumentations: [create()], tracerProvider })
      const { OpenAI } = require('openai') as { OpenAI: typeof OpenAIModule }
      const client = new OpenAI({ apiKey: 'none', baseURL: `${url}/openai/v1`, maxRetries: 0 })
      const model = 'gpt-4o'
      const chat = (messages: Turn[], more: object = {}): Promise<unknown> =>
        client.chat.completions.create({ model, messages, ...more })
      const tools = [{ type: 'function' as const, function: { name: 'weather', parameters } }]
      const streaming = { stream: true, stream_options: { include_usage: true } }
      const schema = { name: 'weather', schema: parameters }
      return Promise.resolve({
        generate: { requests: 1, run: () => chat(asked) },
        stream: {
          requests: 1,
          run: async () => drain((await chat(asked, streaming)) as AsyncIterable<unknown>),
        },
        object: {
          requests: 1,
          run: () => chat(asked, { response_format: { type: 'json_schema', json_schema: schema } }),
        },
        embed: {
          requests: 1,
          run: () => client.embeddings.create({ model: 'text-embedding-3-small', input: 'one' }),
        },
        ...rounds(
          (messages) => chat(messages, { tools }),
          () => chat(asked),
        ),
      })
    },
  }
}

/** A call, its tool, and a call with what the tool answered; and the same with an agent in the tool. */
function rounds(ask: (messages: Turn[]) => Promise<unknown>, agent: () => Promise<unknown>) {
  const run = async (tool?: () => Promise<unknown>): Promise<void> => {
    await ask(asked)
    await tool?.()
    await ask(answered)
  }
  return {
    tool: { requests: 2, run: () => run() },
    'nested agent': { requests: 3, run: () => run(agent) },
  }
}

/** Anthropic's own client, under an instrumentation or by the spans that it writes itself. */
export function anthropicRow(name: string, create?: () => Instrumentation): Row {
  return {
    name,
    open(url, tracerProvider) {
      const instrumentations = create === undefined ? [] : [create()]
      registerInstrumentations({ instrumentations, tracerProvider })
      const { Anthropic } = require('@anthropic-ai/sdk') as { Anthropic: typeof AnthropicModule }
      const client = new Anthropic({
        apiKey: 'none',
        baseURL: `${url}/anthropic`,
        maxRetries: 0,
        // It is looked at alone, or the instrumentation is.
        ...(create !== undefined && { openTelemetry: false }),
      })
      const message = (messages: Turn[], more: object = {}): Promise<unknown> =>
        client.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 256, messages, ...more })
      const tools = [{ name: 'weather', input_schema: parameters }]
      const respond = [{ name: 'respond', input_schema: parameters }]
      return Promise.resolve({
        generate: { requests: 1, run: () => message(asked) },
        stream: {
          requests: 1,
          run: async () =>
            drain((await message(asked, { stream: true })) as AsyncIterable<unknown>),
        },
        object: {
          requests: 1,
          run: () =>
            message(asked, { tools: respond, tool_choice: { type: 'tool', name: 'respond' } }),
        },
        embed: noEmbeddings,
        ...rounds(
          (messages) => message(messages, { tools }),
          () => message(asked),
        ),
      })
    },
  }
}

/** `recordCall` beside a client that nothing observes. */
export function recordedRow(name: string): Row {
  return {
    name,
    open(url) {
      const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
        const response = await fetch(`${url}/openai/v1/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
        return (await response.json()) as Record<string, unknown>
      }
      const chat = async (messages: Turn[], more: object = {}): Promise<void> => {
        const answer = await post('chat/completions', { model: 'gpt-4o', messages, ...more })
        recordCall({ provider: 'openai', model: 'gpt-4o', usage: usageFrom(answer) })
      }
      const tools = [{ type: 'function', function: { name: 'weather', parameters } }]
      const generate = { requests: 1, run: () => chat(asked) }
      return Promise.resolve({
        generate,
        // A stream is recorded when it has been read.
        stream: {
          requests: 1,
          run: async () => {
            await post('chat/completions', { model: 'gpt-4o', messages: asked })
            recordCall({
              provider: 'openai',
              model: 'gpt-4o',
              usage: { input: 1000, output: 200 },
            })
          },
        },
        object: generate,
        embed: {
          requests: 1,
          run: async () => {
            const model = 'text-embedding-3-small'
            const usage = usageFrom(await post('embeddings', { model, input: 'one' }))
            recordCall({ provider: 'openai', model, operation: 'embeddings', usage })
          },
        },
        ...rounds(
          (messages) => chat(messages, { tools }),
          () => chat(asked),
        ),
      })
    },
  }
}
