import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import { startReceiver, type Receiver } from '../loopback/receiver.ts'

/** What an application on another runtime talks to. */
export interface Servers {
  readonly provider: LoopbackProvider
  readonly receiver: Receiver
  readonly environment: Readonly<Record<string, string>>
  /** Who paid how much, as it arrived, and as it was billed. */
  charged(): readonly (readonly [user: unknown, usd: unknown])[]
  billed(): readonly (readonly [user: unknown, usd: unknown])[]
  close(): Promise<void>
}

const users: Record<string, number> = { ada: 350, tom: 17 }

/** A provider that is asked by `I am ada.` or `I am tom.`, and a receiver of traces. */
export async function startServers(): Promise<Servers> {
  const provider = await startProvider({
    reply: ({ body }) => ({
      text: 'An answer that someone pays for.',
      usage: { uncachedInput: 1200, cacheRead: 800, outputText: users[askedBy(body)] ?? 0 },
      pauseMilliseconds: 200,
    }),
  })
  const receiver = await startReceiver()
  return {
    provider,
    receiver,
    environment: {
      OPENAI_BASE_URL: `${provider.url}/openai`,
      OPENAI_API_KEY: 'loopback',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url,
    },
    charged: () =>
      sorted(
        receiver.spans
          .filter(({ attributes }) => attributes['cost.usd'] !== undefined)
          .map(({ attributes }) => [attributes['user.id'], attributes['cost.usd']]),
      ),
    billed: () =>
      sorted(
        provider.calls.map(({ usd, usage }) => [
          Object.keys(users).find((user) => users[user] === usage?.outputText),
          usd,
        ]),
      ),
    close: async () => {
      await receiver.close()
      await provider.close()
    },
  }
}

function askedBy(body: object): string {
  return /I am (\w+)\./.exec(JSON.stringify(body))?.[1] ?? ''
}

function sorted(pairs: [user: unknown, usd: unknown][]): [user: unknown, usd: unknown][] {
  return pairs.toSorted((one, other) => String(one).localeCompare(String(other)))
}
