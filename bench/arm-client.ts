import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Arm } from './arms.ts'
import type { Pair, PerSpan, Retention, Round } from './measure.ts'
import type { OpenRound } from './open-requests.ts'

export type Request = Round | OpenRound | Retention

/** The process of an arm; only one of them works at a time. */
export class ArmClient {
  readonly arm: Arm
  readonly #process: ChildProcess

  private constructor(arm: Arm, process: ChildProcess) {
    this.arm = arm
    this.#process = process
  }

  static async start(arm: Arm): Promise<ArmClient> {
    const child = fork(join(import.meta.dirname, 'arm-process.ts'), [arm.name], {
      serialization: 'advanced',
    })
    await once(child, 'message')
    return new ArmClient(arm, child)
  }

  round(request: Round): Promise<Pair<PerSpan>> {
    return this.#ask(request)
  }

  openRound(request: OpenRound): Promise<Pair<number>> {
    return this.#ask(request)
  }

  retained(request: Retention): Promise<number> {
    return this.#ask(request)
  }

  stop(): void {
    this.#process.disconnect()
    this.#process.kill()
  }

  async #ask<Answer>(request: Request): Promise<Answer> {
    this.#process.send(request)
    const [answer] = (await once(this.#process, 'message')) as [Answer]
    return answer
  }
}
