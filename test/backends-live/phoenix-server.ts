import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, openSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** Pinned: what a newer one shows may differ, and a difference is to be looked at. */
const PHOENIX = 'arize-phoenix==20.26.1'

/** Its first start compiles and migrates. */
const PATIENCE_MILLISECONDS = 120_000

export interface Phoenix {
  readonly url: string
  close(): Promise<void>
}

/**
 * The real Arize Phoenix, from PyPI into a virtual environment of its own, on 127.0.0.1 with SQLite. All
 * of it is in one temporary folder, and goes with it.
 */
export async function startPhoenix(): Promise<Phoenix> {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-phoenix-'))
  const run = promisify(execFile)
  process.stdout.write(`installing ${PHOENIX} in a temporary folder\n`)
  await run('python3', ['-m', 'venv', join(folder, 'venv')])
  await run(join(folder, 'venv/bin/pip'), ['install', '--quiet', PHOENIX])

  const [port, grpcPort] = [await freePort(), await freePort()]
  const log = join(folder, 'phoenix.log')
  const output = openSync(log, 'w')
  const server = spawn(join(folder, 'venv/bin/phoenix'), ['serve'], {
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      PHOENIX_WORKING_DIR: folder,
      PHOENIX_HOST: '127.0.0.1',
      PHOENIX_PORT: String(port),
      PHOENIX_GRPC_PORT: String(grpcPort),
      PHOENIX_TELEMETRY_ENABLED: 'false',
    },
    stdio: ['ignore', output, output],
  })
  const url = `http://127.0.0.1:${port}`
  const close = async (): Promise<void> => {
    if (server.exitCode === null && server.kill('SIGKILL')) await once(server, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilHealthy(url)
  } catch (error) {
    process.stderr.write(readFileSync(log, 'utf8'))
    await close()
    throw error
  }
  return { url, close }
}

async function untilHealthy(url: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS
  for (;;) {
    const response = await fetch(`${url}/healthz`).catch(() => undefined)
    if (response?.ok === true) return
    if (Date.now() > deadline) throw new Error('Phoenix did not start')
    await sleep(250)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
