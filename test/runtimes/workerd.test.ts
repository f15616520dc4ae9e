import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { temporaryFolder, type TemporaryFolder } from '../real-backends/install.ts'
import { documentedFiles, folderOf, withoutFlush } from '../serverless/documented.ts'
import { freePort } from '../support/free-port.ts'
import { core, MANY_TESTS } from './core.ts'
import { startServers, type Servers } from './servers.ts'
import { installTools, runSuites, runToEnd, versionOf } from './tool.ts'

/** A batch processor sends after five seconds by itself. */
const LONGER_THAN_A_BATCH_WAITS = 6_000

let folder: TemporaryFolder
let modules: string
let node: string
let servers: Servers

beforeAll(async () => {
  folder = temporaryFolder('workerd')
  // Cloudflare's tools want Node 22 or later.
  modules = await installTools(folder.path, ['node@24', '@cloudflare/vitest-plugin@1.5.0'])
  node = join(modules, 'node/bin/node')
  servers = await startServers()
})
afterAll(async () => {
  await servers?.close()
  folder.remove()
})
beforeEach(() => {
  servers.provider.calls.length = 0
  servers.receiver.spans.length = 0
})

test('runs the core as it is', { timeout: 600_000 }, async () => {
  const config = join(import.meta.dirname, 'vitest.workerd.config.ts')
  const passed = await runSuites([node], config, folder.path, {
    CLOUDFLARE_VITEST_PLUGIN: join(modules, '@cloudflare/vitest-plugin/dist/pool/index.mjs'),
  })

  const version = versionOf(modules, 'workerd')
  process.stdout.write(`workerd ${version}: ${passed} tests of ${core.length} files passed\n`)
  expect(passed).toBeGreaterThan(MANY_TESTS)
})

test('delivers what a worker flushes in waitUntil', { timeout: 60_000 }, async () => {
  await usingWorker(
    (code) => code,
    async (url) => {
      await askAll(url)
      // `waitUntil` goes on after the response.
      await servers.receiver.waitFor(4, ({ attributes }) => attributes['cost.usd'] !== undefined)
    },
  )

  expect(servers.billed()).toHaveLength(4)
  expect(servers.charged()).toEqual(servers.billed())
})

test('loses what a worker does not flush', { timeout: 60_000 }, async () => {
  await usingWorker(withoutFlush, async (url) => {
    await askAll(url)
    await sleep(LONGER_THAN_A_BATCH_WAITS)
  })

  expect(servers.billed()).toHaveLength(4)
  expect(servers.receiver.spans).toEqual([])
})

/** Of two users at once, and again. */
async function askAll(url: string): Promise<void> {
  for (let i = 0; i < 2; i++) {
    const answers = await Promise.all(['ada', 'tom'].map((user) => ask(url, user)))
    expect(answers).toEqual(answers.map(() => 'An answer that someone pays for.'))
  }
}

async function ask(url: string, user: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { user },
    body: `I am ${user}.`,
  })
  return response.text()
}

/** The worker that the page shows, bundled by Cloudflare's own tool, in workerd itself. */
async function usingWorker(
  edit: (code: string) => string,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const documented = documentedFiles()
  const worker = documented.get('worker.ts')!.replace("'u_42'", "request.headers.get('user') ?? ''")
  const source = folderOf(
    new Map([
      ['worker.ts', edit(worker)],
      ['chat.ts', documented.get('chat.ts')!],
      ['telemetry.ts', documented.get('telemetry.ts')!],
      ['wrangler.json', JSON.stringify({ name: 'worker', main: 'worker.ts', ...compatibility })],
    ]),
  )
  try {
    const wrangler = join(modules, 'wrangler/bin/wrangler.js')
    const words = ['deploy', '--dry-run', '--outdir', 'out', '--cwd', source.path]
    const { succeeded, output } = await runToEnd(node, [wrangler, ...words], {
      CI: '1',
      WRANGLER_SEND_METRICS: 'false',
    })
    if (!succeeded) throw new Error(output)
    await serving(join(source.path, 'out'), use)
  } finally {
    source.remove()
  }
}

const compatibility = { compatibility_date: '2026-11-01', compatibility_flags: ['nodejs_compat'] }

async function serving(built: string, use: (url: string) => Promise<void>): Promise<void> {
  const port = await freePort()
  const config = join(built, 'config.capnp')
  writeFileSync(config, configuration(port))
  const child = spawn(join(modules, '.bin/workerd'), ['serve', config], { stdio: 'pipe' })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  }
  const exited = once(child, 'exit')
  try {
    await Promise.race([untilItListens(port), exited.then(() => Promise.reject(new Error(output)))])
    await use(`http://127.0.0.1:${port}/`)
  } catch (error) {
    throw new Error(`workerd\n${output}`, { cause: error })
  } finally {
    child.kill('SIGKILL')
    await exited
  }
}

/** It is asked nothing: every request is a call of a model. */
async function untilItListens(port: number): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 100) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return
    await sleep(100)
  }
  throw new Error('it does not listen')
}

function configuration(port: number): string {
  const bindings = Object.entries(servers.environment).map(
    ([name, value]) => `(name = "${name}", text = "${value}")`,
  )
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["private"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "${compatibility.compatibility_date}",
  bindings = [${bindings.join(', ')}],
);
`
}
