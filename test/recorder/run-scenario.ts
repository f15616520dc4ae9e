import { createHash } from 'node:crypto'
import { startProvider } from '../loopback/provider.ts'
import type { ServedCall } from '../loopback/provider.ts'
import type { ProviderRequest, Reply } from '../loopback/exchange.ts'
import type { Attribute, Lane } from './ai-sdks/lane.ts'
import type { Fetch } from './ai-sdks/models.ts'
import { openSession } from './ai-sdks/session.ts'
import type { Scenario } from './scenario.ts'

export interface RunOptions {
  /** How the caller puts a user onto the spans of AI SDK 7, which has no metadata of its own. */
  attribute?: Attribute
  /** Runs when the scenario is over, while the provider still serves: spans may end late. */
  settle?: () => Promise<void>
  /** Carries the requests, by default the global `fetch`. */
  fetch?: Fetch | undefined
}

export interface ScenarioRun {
  calls: ServedCall[]
  /** The name of the error that the calls threw. */
  threw?: string
}

/**
 * Runs one scenario against its own loopback provider. The spans go to the global tracer provider,
 * which is the caller's to register.
 */
export async function runScenario(
  lane: Lane,
  scenario: Scenario,
  options: RunOptions = {},
): Promise<ScenarioRun> {
  const { attribute, settle, fetch } = options
  const provider = await startProvider({ name: idStem(scenario), reply: inOrder(scenario.replies) })
  try {
    const session = await openSession(lane, {
      provider: scenario.provider,
      url: provider.url,
      model: scenario.model,
      who: scenario.who,
      attribute,
      fetch,
    })
    const threw = await failureOf(scenario, () => scenario.run(session))
    await settle?.()
    return { calls: provider.calls, ...(threw !== undefined && { threw }) }
  } finally {
    await provider.close()
  }
}

/** Short, and its own for every scenario: some readers take equal response ids for the same response. */
function idStem({ provider, name }: Scenario): string {
  return createHash('sha256').update(`${provider} ${name}`).digest('hex').slice(0, 6)
}

function inOrder(replies: Reply[]): (request: ProviderRequest) => Reply {
  return ({ number }) => replies[number - 1] ?? { failure: { status: 418 } }
}

async function failureOf(
  { fails }: Scenario,
  run: () => Promise<void>,
): Promise<string | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    if (!fails) throw error
    return error instanceof Error ? error.name : typeof error
  }
}
