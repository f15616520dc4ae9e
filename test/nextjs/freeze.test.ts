import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import { startReceiver, type Receiver } from '../loopback/receiver.ts'
import {
  documentedFiles,
  folderOf,
  withoutFlush,
  type TemporaryFolder,
} from '../serverless/documented.ts'
import { startSlowWay, type SlowWay } from '../serverless/slow-way.ts'

const platforms = ['next', 'vercel', 'lambda', 'cloudflare'] as const
type Platform = (typeof platforms)[number]

/** What the page calls the file of its function. */
const functions: Record<Platform, string> = {
  next: 'app/api/chat/route.ts',
  vercel: 'api/ask.ts',
  lambda: 'lambda.ts',
  cloudflare: 'worker.ts',
}
/** Where it is run from: as it is, and without the flush. */
const flushing = 'app/api/flushing/route.ts'
const lossy = 'app/api/lossy/route.ts'

let provider: LoopbackProvider
let receiver: Receiver
let slow: SlowWay

beforeAll(async () => {
  provider = await startProvider({
    reply: () => ({
      text: 'An answer that someone pays for.',
      usage: { uncachedInput: 1200, cacheRead: 800, outputText: 350 },
      pauseMilliseconds: 300,
    }),
  })
  receiver = await startReceiver()
  slow = await startSlowWay(receiver.url, 200)
})
afterAll(async () => {
  await slow.close()
  await receiver.close()
  await provider.close()
})
beforeEach(() => {
  provider.calls.length = 0
  receiver.spans.length = 0
})

describe.each(platforms)(
  'a function on %s that freezes after its response',
  { timeout: 60_000 },
  (platform) => {
    let folder: TemporaryFolder
    beforeAll(async () => {
      folder = folderOf(filesFor(platform))
      if (platform === 'next') await buildNext(folder.path)
    }, 120_000)
    afterAll(() => folder.remove())
    const kept: Host[] = []
    afterEach(async () => {
      await Promise.all(kept.splice(0).map((host) => host.stop()))
    })

    /** Serves one request of a client that reads it to its end, or leaves, until the process is frozen. */
    async function ask(file: string, environment = {}, leaves = false): Promise<void> {
      const host = await startHost([platform, folder.path, file], environment)
      kept.push(host)
      const reader = new AbortController()
      const { signal } = reader
      const response = await host.post('Hello', signal)
      if (leaves) reader.abort()
      else expect(await response.text()).toBe('An answer that someone pays for.')
      await host.isFrozen()
    }

    test('has delivered its charges', async () => {
      await ask(flushing)

      expectCharged()
    })

    test('has lost them where it does not flush', async () => {
      await ask(lossy)

      expect(provider.calls).toHaveLength(1)
      expect(receiver.spans).toEqual([])
    })

    test('has delivered a batch that was on its way', async () => {
      await ask(flushing, { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1' })

      expectCharged()
    })

    // The one host here whose readers can leave.
    test.each([platform].filter((host) => host === 'next'))(
      'has delivered them where the reader has left, %s',
      async () => {
        await ask(flushing, {}, true)

        expectCharged()
      },
    )
  },
)

function expectCharged(): void {
  const charged = receiver.spans.filter(({ attributes }) => attributes['cost.usd'] !== undefined)
  expect(charged.map(({ attributes }) => [attributes['user.id'], attributes['cost.usd']])).toEqual(
    provider.calls.map(({ usd }) => ['u_42', usd]),
  )
  expect(charged).toHaveLength(1)
}

function filesFor(platform: Platform): Map<string, string> {
  const documented = documentedFiles()
  const code = documented.get(functions[platform])!
  const files = new Map([
    [flushing, code],
    [lossy, withoutFlush(code)],
    // Another test compiles the page, with the types that are published.
    ['next.config.mjs', 'export default { typescript: { ignoreBuildErrors: true } }'],
  ])
  for (const file of [flushing, lossy]) {
    // The page imports both from beside the function.
    for (const name of ['chat.ts', 'telemetry.ts']) {
      files.set(join(file, '..', name), documented.get(name)!)
    }
  }
  return files
}

async function buildNext(folder: string): Promise<void> {
  const next = createRequire(import.meta.url).resolve('next/dist/bin/next')
  const { NODE_ENV: _, ...inherited } = process.env
  const env = { ...inherited, NEXT_TELEMETRY_DISABLED: '1' }
  await promisify(execFile)(process.execPath, [next, 'build'], { cwd: folder, env })
}

interface Host {
  post(body: string, signal: AbortSignal): Promise<Response>
  isFrozen(): Promise<void>
  stop(): Promise<void>
}

async function startHost(
  words: readonly [platform: Platform, folder: string, file: string],
  environment: Record<string, string>,
): Promise<Host> {
  const [platform, folder, file] = words
  const program = join(import.meta.dirname, 'host.ts')
  const { NODE_ENV: _, ...inherited } = process.env
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...inherited,
      OPENAI_BASE_URL: `${provider.url}/openai`,
      OPENAI_API_KEY: 'loopback',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: slow.url,
      NEXT_TELEMETRY_DISABLED: '1',
      TSX_TSCONFIG_PATH: join(folder, 'tsconfig.json'),
      ...environment,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  }
  const until = async (passes: () => boolean): Promise<void> => {
    for (let waited = 0; !passes() && waited < 30_000; waited += 20) await sleep(20)
    if (!passes()) throw new Error(`${platform} did not get that far\n${output}`)
  }
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  const portOf = (): string | undefined => /port (\d+)/.exec(output)?.[1]
  await until(() => portOf() !== undefined)
  const path = platform === 'next' ? file.replace(/^app(.*)\/route\.ts$/, '$1') : '/'
  const post: Host['post'] = async (body, signal) => {
    try {
      return await fetch(`http://127.0.0.1:${portOf()}${path}`, { method: 'POST', body, signal })
    } catch (error) {
      throw new Error(`${platform} does not answer\n${output}`, { cause: error })
    }
  }
  return {
    post,
    isFrozen: () =>
      until(() => /^State:\tT/m.test(readFileSync(`/proc/${child.pid}/status`, 'utf8'))),
    stop,
  }
}
