import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readLedger } from 'costspan/ledger'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import { startReceiver, type Receiver } from '../loopback/receiver.ts'
import { startMetricsReceiver, type MetricsReceiver } from '../metrics/metrics-receiver.ts'
import { documentedFiles, folderOf, type TemporaryFolder } from './documented.ts'
import { startSlowWay } from './slow-way.ts'

/** How long a call of a model takes. */
const CALL_MILLISECONDS = 300
/** In the place of the page's 5 seconds. */
const BOUND_MILLISECONDS = 1500

let provider: LoopbackProvider
let receiver: Receiver
let metrics: MetricsReceiver
let folder: TemporaryFolder

beforeAll(async () => {
  provider = await startProvider({
    reply: () => ({
      text: 'An answer that someone pays for.',
      usage: { uncachedInput: 1200, outputText: 350 },
      pauseMilliseconds: CALL_MILLISECONDS,
    }),
  })
})
afterAll(() => provider.close())
beforeEach(async () => {
  receiver = await startReceiver()
  metrics = await startMetricsReceiver()
  provider.calls.length = 0
  const documented = documentedFiles()
  const code = documented.get('shutdown.ts')!
  const bounded = code.replace('5000', String(BOUND_MILLISECONDS))
  if (bounded === code) throw new Error('the page has no such bound')
  folder = folderOf(documented.set('shutdown.ts', bounded))
})
afterEach(async () => {
  folder.remove()
  await receiver.close()
  await metrics.close()
})

describe('with the lines of docs/guide/serverless.md', { timeout: 60_000 }, () => {
  test('SIGTERM delivers everything, the request that was open included', async () => {
    const server = await startServer('prepared')
    await server.ask('/')
    const open = server.ask('/')
    await sleep(CALL_MILLISECONDS / 2)
    server.kill()

    expect(await open).toBe('An answer that someone pays for.')
    expect(await server.exited).toEqual([0, null])
    expect(await delivered()).toEqual({ ledger: 2, metrics: 2, traces: 2 })
  })

  test('SIGTERM delivers all else, and ends in time, where the receiver of traces hangs', async () => {
    const hanging = await startSlowWay(receiver.url, Infinity)
    const server = await startServer('prepared', hanging.url)
    await server.ask('/')
    const began = performance.now()
    server.kill()

    expect(await server.exited).toEqual([1, null])
    expect(performance.now() - began).toBeLessThan(BOUND_MILLISECONDS + 1000)
    expect(await delivered()).toEqual({ ledger: 1, metrics: 1, traces: 0 })
    await hanging.close()
  })

  test('a natural end delivers everything', async () => {
    const server = await startServer('prepared')
    await server.ask('/end')

    expect(await server.exited).toEqual([0, null])
    expect(await delivered()).toEqual({ ledger: 1, metrics: 1, traces: 1 })
  })

  test.each(['/throw', '/reject'])('%s, which is not caught, delivers everything', async (end) => {
    const server = await startServer('prepared')
    await server.ask(end)

    expect(await server.exited).toEqual([1, null])
    expect(server.output()).toContain('that is not caught')
    expect(await delivered()).toEqual({ ledger: 1, metrics: 1, traces: 1 })
  })

  test('process.exit() delivers to the ledger alone', async () => {
    const server = await startServer('prepared')
    await server.ask('/exit')

    await server.exited
    expect(await delivered()).toEqual({ ledger: 1, metrics: 0, traces: 0 })
  })
})

describe('without them', { timeout: 60_000 }, () => {
  test.each(['/end', '/throw', '/reject', '/exit'])(
    '%s delivers to the ledger alone',
    async (end) => {
      const server = await startServer('unprepared')
      await server.ask(end)

      await server.exited
      expect(await delivered()).toEqual({ ledger: 1, metrics: 0, traces: 0 })
    },
  )

  test('SIGTERM delivers what the ledger has written by then', async () => {
    const server = await startServer('unprepared')
    await server.ask('/')
    // The ledger writes after 50 ms.
    await sleep(500)
    server.kill()

    expect(await server.exited).toEqual([null, 'SIGTERM'])
    expect(await delivered()).toEqual({ ledger: 1, metrics: 0, traces: 0 })
  })
})

interface Delivered {
  readonly ledger: number
  readonly metrics: number
  readonly traces: number
}

/** How many calls are where, each with what it cost. */
async function delivered(): Promise<Delivered> {
  const usd = provider.calls[0]?.usd
  let inLedger = 0
  for await (const charge of readLedger(ledgerPath())) {
    expect(charge.usd).toBe(usd)
    inLedger++
  }
  const points = metrics.exports.at(-1) ?? []
  const calls = points.find(({ name }) => name === 'costspan.calls')?.value ?? 0
  const charged = receiver.spans.filter(({ attributes }) => attributes['cost.usd'] === usd)
  return { ledger: inLedger, metrics: calls, traces: charged.length }
}

function ledgerPath(): string {
  return join(folder.path, 'ledger.ndjson')
}

async function startServer(isPrepared: 'prepared' | 'unprepared', traces = receiver.url) {
  const program = join(import.meta.dirname, 'server.ts')
  const words = ['--import', 'tsx', program, folder.path, isPrepared]
  const child = spawn(process.execPath, words, {
    env: {
      ...process.env,
      TSX_TSCONFIG_PATH: join(folder.path, 'tsconfig.json'),
      LEDGER: ledgerPath(),
      OPENAI_BASE_URL: `${provider.url}/openai`,
      OPENAI_API_KEY: 'loopback',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: metrics.url,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  }
  const exited = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>
  const portOf = (): string | undefined => /port (\d+)/.exec(output)?.[1]
  for (let waited = 0; portOf() === undefined && waited < 30_000; waited += 20) await sleep(20)
  if (portOf() === undefined) {
    child.kill('SIGKILL')
    throw new Error(`the server did not start\n${output}`)
  }
  const ask = async (path: string): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${portOf()}${path}`, {
      method: 'POST',
      body: 'Hello',
    })
    return response.text()
  }
  return { ask, exited, kill: () => void child.kill('SIGTERM'), output: () => output }
}
