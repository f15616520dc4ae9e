import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { ApplicationReport, ApplicationRequest, ApplicationSettings } from './messages.ts'

export interface Application {
  readonly process: ChildProcess
  readonly ask: (request: ApplicationRequest) => Promise<ApplicationReport>
  /** What it has printed by its end. */
  readonly output: Promise<string>
  /** Resolves when it is gone. */
  readonly ended: Promise<unknown>
}

let starting: Promise<unknown> = Promise.resolve()

/** A process of its own, which has loaded all that it needs. One after the other: to load takes all there is. */
export function startApplication(settings: ApplicationSettings): Promise<Application> {
  const started = starting.then(() => start(settings))
  starting = started.catch(() => {})
  return started
}

async function start(settings: ApplicationSettings): Promise<Application> {
  const child = fork(join(import.meta.dirname, 'application.ts'), [JSON.stringify(settings)], {
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env['PATH'], AI_SDK_LOG_WARNINGS: 'false' },
    silent: true,
  })
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw new Error('No output')
  const output = text(stdout)
  const errors = text(stderr)
  const ended = once(child, 'exit')

  async function answer(): Promise<unknown> {
    const gone = ended.then(async () => {
      throw new Error(`The application is gone. ${await errors}`)
    })
    const [message] = (await Promise.race([once(child, 'message'), gone])) as [unknown]
    return message
  }

  await answer()
  return {
    process: child,
    output,
    ended,
    ask: (request) => {
      child.send(request)
      return answer() as Promise<ApplicationReport>
    },
  }
}
