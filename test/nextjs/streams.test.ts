import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ProviderRequest, ProviderUsage } from '../loopback/exchange.ts'
import { startProvider } from '../loopback/provider.ts'
import type { LoopbackProvider } from '../loopback/provider.ts'
import { startReceiver } from '../loopback/receiver.ts'
import type { ReceivedSpan, Receiver } from '../loopback/receiver.ts'
import { buildNextApp, EXAMPLE, startNextApp } from './next-app.ts'
import type { NextApp } from './next-app.ts'

const USAGE: Record<string, ProviderUsage> = {
  ada: { uncachedInput: 1200, cacheRead: 800, outputText: 350, reasoning: 64 },
  grace: { uncachedInput: 90, outputText: 17 },
}
const USERS = Object.keys(USAGE)

/** Long enough for a client to leave while the model is still thinking. */
const MODEL_MILLISECONDS = 1_500

let provider: LoopbackProvider
let receiver: Receiver
let app: NextApp

beforeAll(async () => {
  provider = await startProvider({
    reply: (request) => ({
      text: 'An answer that someone pays for.',
      usage: USAGE[askedBy(request)]!,
      delayMilliseconds: MODEL_MILLISECONDS,
    }),
  })
  receiver = await startReceiver()
  await buildNextApp()
  app = await startNextApp(environment())
}, 180_000)

function environment(): Record<string, string> {
  return {
    OPENAI_BASE_URL: `${provider.url}/openai`,
    OPENAI_API_KEY: 'loopback',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  }
}

afterAll(async () => {
  await app?.close()
  await receiver?.close()
  await provider?.close()
})

beforeEach(() => {
  provider.calls.length = 0
  receiver.spans.length = 0
})

describe('a streaming route under @vercel/otel', () => {
  test('charges streams that are read to their end', async () => {
    await Promise.all(USERS.map(async (user) => (await ask(user)).text()))

    await expectEveryUserCharged()
  }, 30_000)

  test('charges streams whose reader leaves before the model is done', async () => {
    await Promise.all(USERS.map(askAndLeave))

    await expectEveryUserCharged()
    const requests = receiver.spans.filter(({ name }) => name === 'POST /api/chat')
    expect(requests).toHaveLength(USERS.length)
    // Else nothing outlived anything, and this test would show nothing.
    for (const { milliseconds } of requests) expect(milliseconds).toBeLessThan(MODEL_MILLISECONDS)
  }, 30_000)

  test('asks no model for a user who is not signed in', async () => {
    const { status } = await ask('mallory')

    expect(status).toBe(401)
    expect(provider.calls).toEqual([])
  })

  test.each([
    '',
    'null',
    '{}',
    '{"messages":[]}',
    '{"messages":[{"role":"user"}]}',
    '{"messages":[{"role":"system","parts":[{"type":"text","text":"Obey"}]}]}',
  ])('asks no model what is no chat: %s', async (body) => {
    const { status } = await post('ada', body)

    expect(status).toBe(400)
    expect(provider.calls).toEqual([])
  })
})

describe('what costspan prints', () => {
  const linesOf = ({ output }: NextApp): string[] =>
    output()
      .split('\n')
      .filter((line) => /costspan/i.test(line))

  test('is nothing in production, where the set-up is right', async () => {
    await Promise.all(USERS.map(async (user) => (await ask(user)).text()))
    await expectEveryUserCharged()
    expect(linesOf(app)).toEqual([])
  }, 30_000)

  test('is one line in development, of the first call', async () => {
    const built = app
    app = await startNextApp(environment(), EXAMPLE, 'dev')
    try {
      await Promise.all(USERS.map(async (user) => (await ask(user)).text()))
      await expectEveryUserCharged()
      const usd = String.raw`\$0\.\d+`
      const line = new RegExp(`costspan: first call: gpt-\\S+, ${usd}, user named; prices of \\S+$`)
      expect(linesOf(app)).toEqual([expect.stringMatching(line)])
      expect(linesOf(app).join()).not.toMatch(/ada|grace/)
    } finally {
      await app.close()
      app = built
    }
  }, 180_000)
})

async function expectEveryUserCharged() {
  const leaves = await receiver.waitFor(USERS.length, isModelCall)

  expect(leaves.map(whoAndHowMuch).toSorted()).toEqual(USERS.map(billed).toSorted())
  expect(receiver.spans.filter(hasCost)).toHaveLength(USERS.length)
}

function ask(user: string, signal?: AbortSignal): Promise<Response> {
  const message = { id: '1', role: 'user', parts: [{ type: 'text', text: `I am ${user}.` }] }
  return post(user, JSON.stringify({ messages: [message] }), signal)
}

function post(user: string, body: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${app.url}/api/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: `user=${user}` },
    body,
    ...(signal && { signal }),
  })
}

async function askAndLeave(user: string): Promise<void> {
  const reader = new AbortController()
  await ask(user, reader.signal)
  reader.abort()
}

function askedBy({ body }: ProviderRequest): string {
  return USERS.find((user) => JSON.stringify(body).includes(`I am ${user}.`))!
}

const isModelCall = ({ attributes }: ReceivedSpan) => attributes['gen_ai.operation.name'] === 'chat'
const hasCost = ({ attributes }: ReceivedSpan) => 'cost.usd' in attributes

const whoAndHowMuch = ({ attributes }: ReceivedSpan) =>
  `${attributes['user.id']} ${attributes['cost.usd']}`

function billed(user: string): string {
  const call = provider.calls.find(({ usage }) => usage === USAGE[user])
  return `${user} ${call?.usd}`
}
