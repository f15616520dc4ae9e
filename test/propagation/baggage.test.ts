import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OpenTelemetry } from '@ai-sdk/otel'
import { createOpenAI } from '@ai-sdk/openai'
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CBaggagePropagator } from '@opentelemetry/core'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { generateText, registerTelemetry } from 'ai'
import { CostSpanProcessor, withAttribution, type Charge } from 'costspan'
import { expressAttribution } from 'costspan/middleware'
import express from 'express'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { capturePrinted } from '../support/printed.ts'
import {
  attributionFromBaggage,
  serializeAttribution,
  withAttributionBaggage,
  type RestoreOptions,
  type SerializeOptions,
} from 'costspan/propagation'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import { secret } from './job.ts'

const signingKey = secret.signing
const signingKeys = [signingKey]

let provider: LoopbackProvider
let summaries: Service
let edge: Service
let charges: Charge[] = []
/** The `baggage` headers that the model provider got. */
let seenByProvider: (string | undefined)[] = []
/** And those that the service of our own got. */
let seenBySummaries: (string | undefined)[] = []
const printed = capturePrinted()

interface Service {
  url: string
  close(): Promise<unknown>
}

/** As an HTTP instrumentation does. */
async function instrumentedFetch(
  url: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const headers = new Headers(init.headers)
  propagation.inject(context.active(), headers, { set: (to, name, value) => to.set(name, value) })
  return await fetch(url, { ...init, headers })
}

async function ask(prompt: string): Promise<void> {
  const baseURL = `${provider.url}/openai/v1`
  const openai = createOpenAI({ baseURL, apiKey: 'loopback', fetch: instrumentedFetch })
  await generateText({ model: openai('gpt-4o'), prompt })
}

/** A service of the same owner: trusts signed baggage. */
function startSummaries(): Promise<Service> {
  const app = express()
  app.use(({ headers }, _response, next) => {
    seenBySummaries.push(headers['baggage'] as string | undefined)
    context.with(propagation.extract(ROOT_CONTEXT, headers), next)
  })
  app.use(expressAttribution(() => attributionFromBaggage({ signingKeys })))
  app.get('/kept', async (_request, response) => {
    const kept = propagation.getActiveBaggage()?.removeEntry('costspan.attribution')
    await context.with(
      kept === undefined ? context.active() : propagation.setBaggage(context.active(), kept),
      () => ask('Sum it up.'),
    )
    response.send('kept')
  })
  app.get('/', async (_request, response) => {
    await ask('Sum it up.')
    response.send('summed up')
  })
  return listening(createServer(app))
}

/** The service that users call: they send their id. */
function startEdge(): Promise<Service> {
  const app = express()
  app.use(({ headers }, _response, next) =>
    context.with(propagation.extract(ROOT_CONTEXT, headers), next),
  )
  app.use(
    expressAttribution(({ headers }: express.Request) => ({ userId: headers['x-user'] as string })),
  )
  app.get('/', async ({ query }, response) => {
    await ask('Think.')
    await withAttributionBaggage({ signingKey }, () =>
      instrumentedFetch(`${summaries.url}/${query['path'] as string}`),
    )
    await ask('Answer.')
    response.send('answered')
  })
  return listening(createServer(app))
}

async function listening(server: ReturnType<typeof createServer>): Promise<Service> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => void server.close(resolve)),
  }
}

async function visit(url: string, headers: Record<string, string>): Promise<void> {
  const response = await fetch(url, { headers })
  expect(response.status).toBe(200)
  await response.text()
}

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  propagation.setGlobalPropagator(new W3CBaggagePropagator())
  const costs = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [costs] }))
  registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))
  provider = await startProvider({
    reply: ({ headers }) => {
      seenByProvider.push(headers['baggage'])
      return { text: 'So.', usage: { uncachedInput: 100, outputText: 10 } }
    },
  })
  summaries = await startSummaries()
  edge = await startEdge()
})
afterAll(async () => {
  await Promise.all([provider.close(), summaries.close(), edge.close()])
  propagation.disable()
})
beforeEach(() => {
  charges = []
  seenByProvider = []
  seenBySummaries = []
})

const users = (): unknown[] => charges.map((charge) => charge.attribution.userId)

describe('between two services over HTTP', () => {
  test('the call that the second one makes is charged to the user of the first', async () => {
    await visit(`${edge.url}/?path=`, { 'x-user': 'ada' })
    expect(users()).toEqual(['ada', 'ada', 'ada'])
    expect(seenBySummaries).toEqual([expect.stringMatching(/^costspan\.attribution=cs1\.[\w.-]+$/)])
    expect(printed).toEqual([])
  })

  test('and 50 users at a time do not mix', async () => {
    const sent = Array.from({ length: 50 }, (_, number) => `user-${number}`)
    await Promise.all(sent.map((user) => visit(`${edge.url}/?path=`, { 'x-user': user })))
    expect(users()).toHaveLength(150)
    for (const user of sent) expect(users().filter((one) => one === user)).toHaveLength(3)
  })

  test('other baggage is kept', async () => {
    await visit(`${edge.url}/?path=`, { 'x-user': 'ada', baggage: 'region=north,tier=1' })
    expect(seenBySummaries[0]).toMatch(/^region=north,tier=1,costspan\.attribution=cs1\./)
    expect(seenByProvider[0]).toBe('region=north,tier=1')
  })

  test('calls outside have no identifier in their headers', async () => {
    await visit(`${edge.url}/?path=kept`, { 'x-user': 'ada' })
    expect(users()).toEqual(['ada', 'ada', 'ada'])
    expect(seenByProvider).toEqual([undefined, undefined, undefined])
  })

  test('the second service sends it on, unless it takes it out', async () => {
    await visit(`${edge.url}/?path=`, { 'x-user': 'ada' })
    expect(seenByProvider).toEqual([undefined, seenBySummaries[0], undefined])
  })
})

describe('from an untrusted sender', () => {
  const token = serializeAttribution({ signingKey, attribution: { userId: 'ada' } })
  const [version, payload, signature] = token.split('.') as [string, string, string]
  const mallory = serializeAttribution({
    signingKey: secret.strangers,
    attribution: { userId: 'mallory' },
  })

  test.each([
    ['a bare id', 'user.id=mallory,tenant.id=mallory-inc'],
    ['a bare id for a token', 'costspan.attribution=mallory'],
    ['a payload for a token', `costspan.attribution=${payload}`],
    ['a token of another key', `costspan.attribution=${mallory}`],
    ['a payload of another key', `costspan.attribution=cs1.${mallory.split('.')[1]}.${signature}`],
    ['a token without its end', `costspan.attribution=${version}.${payload}`],
    ['a token under another name', `user.id=${token}`],
    ['a header that is none', 'costspan.attribution'],
    ['4,000 letters', `costspan.attribution=${'A'.repeat(4000)}`],
  ])('%s is unattributed, and no error', async (_, baggage) => {
    await visit(summaries.url, { baggage })
    expect(users()).toEqual([undefined])
    expect(JSON.stringify(printed)).not.toMatch(/mallory|\bada\b|cs1/)
  })

  test('untrusted baggage is no attribution in the first service either, and is not sent on to the second', async () => {
    await visit(`${edge.url}/?path=`, {
      'x-user': 'bob',
      baggage: `costspan.attribution=${mallory}`,
    })
    expect(users()).toEqual(['bob', 'bob', 'bob'])
    expect(seenBySummaries[0]).not.toContain(mallory)
  })

  test('a token that was intercepted is trusted again until it expires', async () => {
    vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] })
    let header = ''
    withAttribution({ userId: 'ada' }, () =>
      withAttributionBaggage({ signingKey }, () => {
        header = `costspan.attribution=${propagation.getActiveBaggage()?.getEntry('costspan.attribution')?.value}`
      }),
    )
    await visit(summaries.url, { baggage: header })
    vi.setSystemTime(Date.now() + 3_661_000)
    await visit(summaries.url, { baggage: header })
    vi.useRealTimers()
    expect(users()).toEqual(['ada', undefined])
  })
})

describe('attributionFromBaggage', () => {
  const inside = <Result>(value: string, run: () => Result): Result =>
    context.with(
      propagation.setBaggage(
        context.active(),
        propagation.createBaggage({ 'costspan.attribution': { value } }),
      ),
      run,
    )

  test('warns once for each reason, and prints no value', async () => {
    vi.resetModules()
    const fresh = await import('costspan/propagation')
    const listen = (value: string): void =>
      expect(inside(value, () => fresh.attributionFromBaggage({ signingKeys }))).toBeUndefined()
    const ada = { attribution: { userId: 'ada' } }
    vi.useFakeTimers({ now: 1_700_000_000_000 })
    const old = serializeAttribution({ signingKey, ...ada })
    vi.useRealTimers()
    const forged = serializeAttribution({ signingKey: secret.strangers, ...ada })
    for (const value of ['ada', 'eve', forged, forged, old, old, 'ada']) listen(value)
    expect(printed).toEqual([
      [expect.stringContaining('(malformed); it came as W3C Baggage')],
      [expect.stringContaining('(forged); it came as W3C Baggage')],
      [expect.stringContaining('(expired); it came as W3C Baggage')],
    ])
    expect(JSON.stringify(printed)).not.toMatch(/\b(ada|eve)\b|cs1/)
  })

  test('is undefined without an entry, and warns of nothing', () => {
    expect(attributionFromBaggage({ signingKeys })).toBeUndefined()
    expect(printed).toEqual([])
  })

  test.each<[unknown, string]>([
    [{}, 'Expected `signingKeys` to be an array of one key at least'],
    [{ signingKeys: [] }, 'Expected `signingKeys` to be an array of one key at least'],
    [{ signingKeys: ['short'] }, 'Expected `signingKeys[0]` to be a key'],
    [{ signingKeys, key: signingKey }, 'Expected `options.key` to be one of'],
  ])('throws for options that are none, entry or no entry: %#', (options, message) => {
    const call = (): unknown => attributionFromBaggage(options as RestoreOptions)
    expect(call).toThrow(message)
    expect(() => inside('mallory', call)).toThrow(message)
  })
})

describe('withAttributionBaggage', () => {
  test('returns what is returned inside, and leaves nothing behind', () => {
    expect(withAttributionBaggage({ signingKey }, () => 7)).toBe(7)
    expect(propagation.getActiveBaggage()).toBeUndefined()
  })

  test('writes the attribution that is passed, with the privacy options', () => {
    const privacy = { pseudonymize: { key: secret.pseudonyms } }
    const restored = withAttributionBaggage(
      { signingKey, attribution: { userId: 'ada' }, privacy },
      () => attributionFromBaggage({ signingKeys }),
    )
    expect(restored?.userId).toMatch(/^pn_/)
  })

  test('throws for options that are none, and runs nothing', () => {
    const run = vi.fn<() => void>()
    const call = (): void => withAttributionBaggage({} as SerializeOptions, run)
    expect(call).toThrow('Expected `signingKey` to be a key')
    expect(run).not.toHaveBeenCalled()
  })

  test('what it accepts is what a propagator sends: a longer one is refused', () => {
    let sent = 0
    let refused = 0
    for (let length = 1; length <= 256; length++) {
      const tags = Object.fromEntries(
        Array.from({ length: 12 }, (_, index) => [`tag-${index}`, 'x'.repeat(230)]),
      )
      tags['last'] = 'x'.repeat(length)
      const headers: Record<string, string> = {}
      try {
        withAttributionBaggage({ signingKey, attribution: { tags } }, () =>
          new W3CBaggagePropagator().inject(context.active(), headers, {
            set: (to: Record<string, string>, name, value: string) => void (to[name] = value),
          }),
        )
        sent++
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError)
        refused++
        continue
      }
      expect(headers).toEqual({ baggage: expect.stringMatching(/^costspan\.attribution=cs1\./) })
    }
    expect(sent).toBeGreaterThan(0)
    expect(refused).toBeGreaterThan(0)
  })
})
