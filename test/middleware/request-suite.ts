import { OpenTelemetry } from '@ai-sdk/otel'
import { createOpenAI } from '@ai-sdk/openai'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { registerTelemetry, streamText } from 'ai'
import { CostSpanProcessor, setAttribution } from 'costspan'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProvider } from '../loopback/provider.ts'
import { CopyingExporter } from '../support/pipeline.ts'
import { runsOf } from '../support/runs.ts'

/** What an application does with a request; the adapter has opened a boundary around it. */
export interface Routes {
  /** `/chat`: the words of an answer of the real AI SDK, two calls and one that comes after it. */
  chat(user: string): AsyncIterable<string>
  /** `/quick`: one call, some time later; cheap enough for thousands. */
  quick(user: string): Promise<string>
  /** `/late`: a user who is known in the handler only. */
  late(user: string): Promise<string>
  /** `/broken`: one call, then an error. */
  broken(user: string): Promise<never>
}

export interface App {
  readonly url: string
  close(): Promise<void>
}

/** The users come in this header; `/late` has none that the adapter may see. */
export function userOf(header: string | string[] | undefined | null): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined
}

const exporter = new CopyingExporter()
const USERS = 500
const REQUESTS = runsOf(2_500, 10_000)

/** No request ever sees another's user: over a real framework, under load. */
export function describeAdapter(name: string, start: (routes: Routes) => Promise<App>): void {
  describe(name, () => {
    let provider: Awaited<ReturnType<typeof startProvider>>
    let app: App

    beforeAll(async () => {
      context.setGlobalContextManager(new AsyncLocalStorageContextManager())
      trace.setGlobalTracerProvider(
        new BasicTracerProvider({
          spanProcessors: [new CostSpanProcessor(), new SimpleSpanProcessor(exporter)],
        }),
      )
      registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))
      const usage = { uncachedInput: 100, outputText: 20 }
      provider = await startProvider({ reply: () => ({ text: 'one two three four', usage }) })
      app = await start(routesOf(`${provider.url}/openai/v1`))
    })

    afterAll(async () => {
      await app.close()
      await provider.close()
    })

    const ask = (path: string, user: string, signal?: AbortSignal): Promise<string> =>
      fetch(app.url + path, {
        method: 'POST',
        headers: path.startsWith('/late')
          ? { 'x-late': user, 'content-type': 'application/json' }
          : { 'x-user': user, 'content-type': 'application/json' },
        body: JSON.stringify({ user }),
        signal: signal ?? null,
      }).then((response) => response.text())

    test('streams, aborts, errors and late users at once: every call has its user', async () => {
      exporter.spans.length = 0
      await Promise.all(
        Array.from({ length: 200 }, async (_, index) => {
          const user = `user-${index % 50}`
          const path = ['/chat', '/chat', '/late', '/broken'][index % 4] ?? '/chat'
          // Some readers leave in the middle of an answer.
          const signal = index % 8 === 1 ? AbortSignal.timeout(3) : undefined
          await ask(path, user, signal).catch(() => undefined)
        }),
      )
      await settled()
      const calls = exporter.spans.filter(
        ({ attributes }) => attributes['cost.status'] !== undefined,
      )
      expect(calls.length).toBeGreaterThan(200)
      expect(calls.filter(({ attributes }) => attributes['user.id'] !== named(attributes))).toEqual(
        [],
      )
    }, 60_000)

    test(`${REQUESTS} requests of five hundred users`, async () => {
      exporter.spans.length = 0
      const queue = Array.from({ length: REQUESTS }, (_, index) => `user-${index % USERS}`)
      const worker = async (): Promise<void> => {
        for (let user = queue.pop(); user !== undefined; user = queue.pop())
          await ask('/quick', user)
      }
      await Promise.all(Array.from({ length: 200 }, worker))
      const spent = new Map<unknown, number>()
      for (const { attributes } of exporter.spans) {
        expect(attributes['user.id']).toBe(attributes['test.user'])
        spent.set(attributes['user.id'], (spent.get(attributes['user.id']) ?? 0) + 1)
      }
      expect(spent.size).toBe(USERS)
      expect(new Set(spent.values())).toEqual(new Set([REQUESTS / USERS]))
    }, 120_000)
  })
}

function routesOf(baseURL: string): Routes {
  const openai = createOpenAI({ baseURL, apiKey: 'loopback' })
  const answer = (user: string) => streamText({ model: openai('gpt-4o'), prompt: `I am ${user}.` })
  return {
    async *chat(user) {
      yield* answer(user).textStream
      yield* answer(user).textStream
      // The handler does not wait for it.
      void sleep(5).then(() => answer(user).text)
    },
    async quick(user) {
      await sleep(Math.random() * 4)
      call(user)
      return user
    },
    async late(user) {
      await sleep(Math.random() * 4)
      setAttribution({ userId: user })
      return answer(user).text
    },
    async broken(user) {
      await answer(user).text
      throw new Error('broken on purpose')
    },
  }
}

/** A call as an instrumentation writes it. */
function call(user: string): void {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.usage.input_tokens': 10,
    'gen_ai.usage.output_tokens': 1,
    'test.user': user,
  }
  trace.getTracer('test').startSpan('chat gpt-4o', { attributes }).end()
}

/** The user whom the prompt of a call names. */
function named(attributes: { [name: string]: unknown }): string | undefined {
  return /I am (user-\d+)\./.exec(String(attributes['gen_ai.input.messages']))?.[1]
}

/** Until no call has ended for a while. */
async function settled(): Promise<void> {
  for (let before = -1; before !== exporter.spans.length;) {
    before = exporter.spans.length
    await sleep(300)
  }
}
