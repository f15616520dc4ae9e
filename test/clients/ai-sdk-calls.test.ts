import { setTimeout as sleep } from 'node:timers/promises'
import { createOpenAI } from '@ai-sdk/openai'
import { OpenTelemetry } from '@ai-sdk/otel'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import {
  embed,
  generateText,
  jsonSchema,
  registerTelemetry,
  streamText,
  wrapLanguageModel,
} from 'ai'
import { CostSpanProcessor, withAttribution, type Charge } from 'costspan'
import { costFetch, type Fetch } from 'costspan/clients'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ProviderRequest, Reply } from '../loopback/exchange.ts'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import { CopyingExporter } from '../support/pipeline.ts'

const exporter = new CopyingExporter()
const charges: Charge[] = []
const costs = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })
let loopback: LoopbackProvider

/** A prompt of `3 tokens` uses three. */
function reply({ body }: ProviderRequest): Reply {
  const tokens = Number(/(\d+) tokens/.exec(JSON.stringify(body))?.[1] ?? 1000)
  return {
    text: 'It is sunny.',
    object: { city: 'Bern' },
    usage: { uncachedInput: tokens, outputText: 10 },
    delayMilliseconds: 5,
  }
}

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [costs, new SimpleSpanProcessor(exporter)] }),
  )
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
  registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))
  loopback = await startProvider({ reply })
})
afterAll(() => loopback.close())
beforeEach(() => {
  exporter.spans.length = 0
  charges.length = 0
  loopback.calls.length = 0
})

function openai(fetch?: Fetch) {
  return createOpenAI({
    apiKey: 'loopback',
    baseURL: `${loopback.url}/openai/v1`,
    fetch: costFetch({ provider: 'openai', fetch }),
  })
}

const read = costFetch({ provider: 'openai' })

/** A request that no client makes. */
async function ask(path: string, body: object): Promise<void> {
  const answer = await read(`${loopback.url}/openai/v1/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  await answer.json()
}

function expectBilled(): void {
  const bills = loopback.calls.map(({ usd = Number.NaN }) => usd)
  expect(charges.map(({ status }) => status)).toEqual(bills.map(() => 'priced'))
  const sum = (amounts: readonly (number | undefined)[]): number =>
    amounts.reduce<number>((total, usd) => total + Number(usd), 0)
  expect(sum(charges.map(({ usd }) => usd))).toBeCloseTo(sum(bills), 12)
}

const model = 'text-embedding-3-small'

test('embeddings of two users at once: each is charged to its user, on its own span', async () => {
  const sdk = openai()
  const one = (userId: string, tokens: number): unknown =>
    withAttribution({ userId }, () =>
      embed({ model: sdk.embedding(model), value: `${tokens} tokens` }),
    )
  await Promise.all([one('ada', 100), one('bob', 2000), one('ada', 300), one('eve', 70)])
  expectBilled()
  const tokens = charges.map(({ attribution, usage }) => `${attribution.userId} ${usage?.input}`)
  expect(tokens.toSorted()).toEqual(['ada 100', 'ada 300', 'bob 2000', 'eve 70'])
  // The span of each operation and the one of its request.
  expect(exporter.spans).toHaveLength(8)
})

test('hundreds of embeddings at once are charged once each', async () => {
  const sdk = openai()
  await withAttribution({ userId: 'ada' }, () =>
    Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        embed({ model: sdk.embedding(model), value: `${index + 1} tokens` }),
      ),
    ),
  )
  expectBilled()
  expect(exporter.spans).toHaveLength(600)
})

test('a call whose telemetry is off has a span of its own', async () => {
  await withAttribution({ userId: 'ada' }, () =>
    embed({
      model: openai().embedding(model),
      value: '50 tokens',
      telemetry: { isEnabled: false },
    }),
  )
  expectBilled()
  expect(charges[0]?.attribution.userId).toBe('ada')
  expect(exporter.spans).toHaveLength(1)
})

test('requests inside of a call are calls of their own, whatever their model', async () => {
  const guarded = wrapLanguageModel({
    model: openai().chat('gpt-4o'),
    middleware: {
      wrapGenerate: async ({ doGenerate }) => {
        const messages = [{ role: 'user', content: 'Is it safe? 40 tokens' }]
        await ask('embeddings', { model, input: '30 tokens' })
        await ask('chat/completions', { model: 'gpt-4o-mini', messages })
        await ask('chat/completions', { model: 'gpt-4o', messages })
        return doGenerate()
      },
    },
  })
  await withAttribution({ userId: 'ada' }, () =>
    generateText({ model: guarded, prompt: 'Hello, 500 tokens' }),
  )
  expect(loopback.calls).toHaveLength(4)
  expectBilled()
  expect(new Set(charges.map(({ spanId }) => spanId)).size).toBe(4)
})

test('embeddings in a tool are found below the span of the tool', async () => {
  const sdk = openai()
  await withAttribution({ userId: 'ada' }, () =>
    generateText({
      model: sdk.chat('gpt-4o'),
      prompt: 'Hello, 500 tokens',
      tools: {
        search: {
          inputSchema: jsonSchema({ type: 'object' }),
          execute: () => embed({ model: sdk.embedding(model), value: '20 tokens' }),
        },
      },
    }),
  )
  expectBilled()
})

test('a long answer whose reader leaves is charged by what has arrived, at the latest at the shutdown', async () => {
  const chunk = (content: string): string =>
    `data: ${JSON.stringify({ id: 'chat-1', model: 'gpt-4o', choices: [{ index: 0, delta: { content } }] })}\n\n`
  let sent = 0
  const endless: Fetch = () =>
    Promise.resolve(
      new Response(
        new ReadableStream({
          async pull(controller) {
            sent++
            await sleep(1)
            controller.enqueue(new TextEncoder().encode(chunk('It is sunny in Bern. ')))
          },
        }),
        { headers: { 'content-type': 'text/event-stream' } },
      ),
    )
  await withAttribution({ userId: 'ada' }, async () => {
    const { fullStream } = streamText({ model: openai(endless).chat('gpt-4o'), prompt: 'Hello' })
    for await (const { type } of fullStream) if (type === 'text-delta' && sent > 20) break
  })
  await sleep(20)
  await costs.shutdown()
  expect(charges.map(({ status, reason }) => [status, reason])).toEqual([['estimated', 'stopped']])
  expect(charges[0]?.attribution.userId).toBe('ada')
  expect(charges[0]?.usage?.output).toBeGreaterThan(20)
})
