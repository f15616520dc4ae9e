import { setTimeout as sleep } from 'node:timers/promises'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution, type Charge } from 'costspan'
import { costFetch } from 'costspan/clients'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ServedCall } from '../loopback/provider.ts'
import { lanes } from '../recorder/ai-sdks/index.ts'
import type { Attribute, Lane, ScenarioProvider } from '../recorder/ai-sdks/lane.ts'
import type { Fetch } from '../recorder/ai-sdks/models.ts'
import { runScenario } from '../recorder/run-scenario.ts'
import type { Scenario } from '../recorder/scenario.ts'
import { scenarios } from '../recorder/scenarios/index.ts'
import { runsOf } from '../support/runs.ts'

/** Whose answers those on the loopback are. Bedrock's own protocol is none that `costFetch` reads. */
const providers: Partial<Record<ScenarioProvider, string>> = {
  'openai-chat': 'openai',
  'openai-responses': 'openai',
  anthropic: 'anthropic',
  google: 'google',
  azure: 'azure',
  bedrock: 'bedrock',
}

/** Turns of the event loop in which spans of broken streams may end. */
const LONGEST_WAIT = 50

const attribute: Attribute = (who, work) => withAttribution(who, work)

/** What the tracer provider of the process has in it, anew for each run. */
class Current implements SpanProcessor {
  #costs = new CostSpanProcessor()
  charges: Charge[] = []
  spanNames: string[] = []

  startOver(): void {
    const charges: Charge[] = []
    this.#costs = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })
    this.charges = charges
    this.spanNames = []
  }

  onStart: SpanProcessor['onStart'] = (span, from) => {
    this.spanNames.push(span.name)
    this.#costs.onStart(span, from)
  }
  onEnding: NonNullable<SpanProcessor['onEnding']> = (span) => this.#costs.onEnding(span)
  onEnd: SpanProcessor['onEnd'] = (span) => this.#costs.onEnd(span)
  forceFlush = (): Promise<void> => this.#costs.forceFlush()
  shutdown = (): Promise<void> => this.#costs.shutdown()
}

interface Run {
  readonly calls: readonly ServedCall[]
  readonly charges: readonly Charge[]
  readonly spanNames: readonly string[]
}

/**
 * Runs each scenario of the recordings with the real AI SDK of one lane, as it is and with `costFetch`: every request is
 * charged once, as it is billed, to its user, and no span is added.
 */
export function describeLane(lane: Lane, label: string = lane.name): void {
  const current = new Current()
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager())
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [current] }))
    Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
    // Broken streams reject promises that no scenario looks at.
    process.on('unhandledRejection', () => {})
  })

  async function run(scenario: Scenario, fetch?: Fetch): Promise<Run> {
    current.startOver()
    const { charges, spanNames } = current
    const request = trace.getTracer('http').startSpan('POST /chat', {}, ROOT_CONTEXT)
    const settle = (): Promise<void> => sleep(20)
    const { calls } = await context.with(trace.setSpan(ROOT_CONTEXT, request), () =>
      runScenario(lane, scenario, { attribute, settle, fetch }),
    )
    for (let turn = 0; turn < LONGEST_WAIT && charges.length < calls.length; turn++) {
      // oxlint-disable-next-line no-await-in-loop -- until it is over
      await sleep(1)
    }
    request.end()
    await current.shutdown()
    return { calls, charges, spanNames }
  }

  describe(`${label} with costFetch`, () => {
    test.each(someOf(scenariosOf(lane)))('$provider: $name', async (scenario) => {
      const provider = providers[scenario.provider]
      const alone = await run(scenario)
      const read = await run(scenario, costFetch({ provider }))
      expect(read.spanNames.toSorted()).toEqual(alone.spanNames.toSorted())
      expect(usersOf(read)).toEqual(usersOf(alone))
      expectChargedOnce(read)
      if (provider === 'bedrock') expect(statusesOf(read)).toEqual(statusesOf(alone))
      else expectBilled(scenario, read)
    })
  })
}

/** All in CI, and every third at hand. */
function someOf(all: readonly Scenario[]): Scenario[] {
  return all.filter((_, index) => index % runsOf(3, 1) === 0)
}

/** All that the lane has a provider for, also the lane whose recordings are few. */
function scenariosOf(lane: Lane): Scenario[] {
  const described = lane.name === 'ai-7-bare' ? lanes['ai-7'] : lane
  return scenarios.filter(
    ({ provider, runsOn }) =>
      providers[provider] !== undefined &&
      lane.providers[provider] !== undefined &&
      runsOn(described),
  )
}

function usersOf({ charges }: Run): Set<unknown> {
  return new Set(charges.map(({ attribution }) => attribution.userId))
}

function statusesOf({ charges }: Run): string[] {
  return charges.map(({ status }) => status).toSorted()
}

/** Those that the provider did not refuse. */
function accepted({ charges }: Run): Charge[] {
  return charges.filter(({ status }) => status !== 'call_failed')
}

function expectChargedOnce(run: Run): void {
  const { charges, calls } = run
  expect(new Set(charges.map(({ spanId }) => spanId)).size).toBe(charges.length)
  expect(accepted(run)).toHaveLength(calls.filter(({ status }) => status < 400).length)
}

function expectBilled({ provider, name }: Scenario, run: Run): void {
  const served = run.calls.filter(({ status }) => status < 400)
  const bills = served.map(({ usd }) => usd)
  const isStopped =
    served.some(({ outcome }) => outcome !== 'complete') ||
    /leaves the loop|^stream that/.test(name)
  // Google does not report the tokens of embeddings.
  const isReported =
    served.every(({ usage }) => usage !== undefined) &&
    !(provider === 'google' && name.startsWith('embed'))
  const charges = accepted(run)
  const priced = charges.filter(({ status }) => status === 'priced')
  if (isStopped) {
    expect(['priced', 'estimated']).toEqual(expect.arrayContaining(statusesOf({ ...run, charges })))
    // What is not estimated is billed.
    for (const { usd } of priced) expect(bills).toContainEqual(expect.closeTo(Number(usd), 9))
  } else if (!isReported) {
    expect(priced).toEqual([])
  } else if (bills.includes(undefined)) {
    expect(charges.map(({ status }) => status)).toEqual(served.map(() => 'unpriced'))
  } else {
    expect(charges.map(({ status, reason }) => reason ?? status)).toEqual(bills.map(() => 'priced'))
    expect(inOrder(charges.map(({ usd }) => usd))).toEqual(
      inOrder(bills).map((usd) => expect.closeTo(usd, 9)),
    )
  }
}

function inOrder(amounts: readonly (number | undefined)[]): number[] {
  return amounts.map(Number).toSorted((one, other) => one - other)
}
