import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface RunningServer {
  /** `SIGKILL`, unless another is named; resolves when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** What it has printed. */
  output(): string
}

/**
 * Starts a program and waits until `ready` answers with success. What it prints goes to `log`, which the
 * error shows when it does not start.
 */
export async function startServer(
  command: readonly [program: string, ...words: string[]],
  options: {
    readonly log: string
    readonly ready: string
    readonly environment?: Record<string, string | undefined>
    readonly cwd?: string
    readonly patienceMilliseconds?: number
  },
): Promise<RunningServer> {
  const { log, ready, environment = {}, cwd, patienceMilliseconds = 60_000 } = options
  appendFileSync(log, '')
  const output = openSync(log, 'a')
  const [program, ...words] = command
  const child = spawn(program, words, {
    cwd,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', output, output],
  })
  let failure = ''
  child.on('error', (error) => {
    failure = String(error)
  })
  const stop = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null && child.kill(signal)) {
      await once(child, 'exit')
    }
  }
  const deadline = Date.now() + patienceMilliseconds
  while (!(await isReady(ready))) {
    const isGone = failure !== '' || child.exitCode !== null || child.signalCode !== null
    if (isGone || Date.now() > deadline) {
      await stop()
      throw new Error(`${command.join(' ')} did not start ${failure}\n${readFileSync(log, 'utf8')}`)
    }
    await sleep(100)
  }
  return { stop, output: () => readFileSync(log, 'utf8') }
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => undefined)
  return response?.ok === true
}
