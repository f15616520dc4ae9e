import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../support/free-port.ts'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))
export const EXAMPLE = join(REPOSITORY, 'examples/nextjs')
/** An app with a middleware and an edge route, for which instrumentation.js is bundled too. */
export const EDGE_APP = join(REPOSITORY, 'test/nextjs/edge-app')
const NEXT = createRequire(join(EXAMPLE, 'package.json')).resolve('next/dist/bin/next')

export interface NextApp {
  url: string
  /** What it has printed. */
  readonly output: () => string
  close(): Promise<void>
}

/** Builds costspan, which an app has from `dist` as any application does, and the app. */
export async function buildNextApp(folder = EXAMPLE): Promise<void> {
  await succeeds(run('npm', ['run', 'build'], REPOSITORY))
  await succeeds(runNext(folder, ['build']))
}

/** A built app (`start`), or an app in development (`dev`), on a free port of 127.0.0.1. */
export async function startNextApp(
  environment: Record<string, string>,
  folder = EXAMPLE,
  mode: 'start' | 'dev' = 'start',
): Promise<NextApp> {
  const port = await freePort()
  const options = ['--hostname', '127.0.0.1', '--port', String(port)]
  const next = runNext(folder, [mode, ...options], environment)
  const url = `http://127.0.0.1:${port}`
  await untilItAnswers(url, next)

  async function close() {
    if (next.process.exitCode !== null) return
    const exited = once(next.process, 'exit')
    next.process.kill()
    await exited
  }
  return { url, output: next.output, close }
}

interface Running {
  process: ChildProcess
  readonly output: () => string
}

function runNext(
  folder: string,
  commandLine: string[],
  environment: Record<string, string> = {},
): Running {
  return run(process.execPath, [NEXT, ...commandLine], folder, environment)
}

function run(
  command: string,
  commandLine: string[],
  folder: string,
  environment: Record<string, string> = {},
): Running {
  // vitest's NODE_ENV is `test`, which would make `next build` a mixture of two modes.
  const { NODE_ENV: _, ...inherited } = process.env
  const child = spawn(command, commandLine, {
    cwd: folder,
    env: { ...inherited, NEXT_TELEMETRY_DISABLED: '1', ...environment },
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  return { process: child, output: () => output }
}

async function succeeds({ process: child, output }: Running): Promise<void> {
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} failed\n${output()}`)
}

async function untilItAnswers(url: string, next: Running): Promise<void> {
  const deadline = Date.now() + 120_000
  while (next.process.exitCode === null && Date.now() < deadline) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    await sleep(100)
  }
  next.process.kill()
  throw new Error(`next start does not answer\n${next.output()}`)
}
