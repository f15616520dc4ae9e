import type { Reply } from '../loopback/exchange.ts'
import type { Lane, ScenarioProvider, Session, Who } from './ai-sdks/lane.ts'

export interface Scenario {
  name: string
  provider: ScenarioProvider
  /** The model of its calls, unless a call names another. */
  model: string
  /** undefined: no user. */
  who: Who | undefined
  /** Answers in the order of the requests. */
  replies: Reply[]
  /** Whether this lane can run it; by default every lane that has the provider, except `ai-7-bare`. */
  runsOn: (lane: Lane) => boolean
  /** The calls are expected to throw. */
  fails: boolean
  run(session: Session): Promise<void>
}

type Draft = Pick<Scenario, 'name' | 'provider' | 'model' | 'replies' | 'run'> & Partial<Scenario>

const proUser: Who = { userId: 'user-1', plan: 'pro', tenantId: 'acme' }
export const freeUser: Who = { userId: 'user-2', plan: 'free', tenantId: 'globex' }

/** A scenario of `proUser` that is expected to succeed, unless the draft sets another expectation. */
export function scenario(draft: Draft): Scenario {
  const defaults = { who: proUser, fails: false, runsOn: isNotBare }
  return { ...defaults, ...draft }
}

export function isNotBare(lane: Lane): boolean {
  return lane.name !== 'ai-7-bare'
}

export function everyLane(): boolean {
  return true
}

export function sinceMajor(major: number): (lane: Lane) => boolean {
  return (lane) => lane.major >= major && isNotBare(lane)
}
