import { setTimeout as sleep } from 'node:timers/promises'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution, type Charge } from 'costspan'
import { afterAll, describe, expect, test } from 'vitest'
import { lanes } from '../../recorder/ai-sdks/index.ts'
import type { Attribute, LaneName } from '../../recorder/ai-sdks/lane.ts'
import { ATTRIBUTED, RecordingProcessor } from '../../recorder/recording-processor.ts'
import { runScenario } from '../../recorder/run-scenario.ts'
import type { Scenario } from '../../recorder/scenario.ts'
import { scenariosOf } from '../../recorder/scenarios/index.ts'
import { loadFixtures, type RecordedScenario, type RecordedSpan } from '../../support/fixtures.ts'
import { expectRightSum, expectRightUsers } from '../../support/laws.ts'
import type { ExportedSpan } from '../../support/pipeline.ts'

/** Of a loaded machine, where spans end that the recordings know; it is not waited for others. */
const LONGEST_WAIT_MILLISECONDS = 20_000

/** As an application does; by the recorder's own key the law finds where it was set. */
const attribute: Attribute = (who, work) =>
  withAttribution(who, () => context.with(context.active().setValue(ATTRIBUTED, who), work))

/** The real AI SDK of one major against the loopback provider, charged while it runs. */
export function describeLane(name: LaneName): void {
  const lane = lanes[name]
  const charges: Charge[] = []
  const recorder = new RecordingProcessor()
  const provider = new BasicTracerProvider({
    spanProcessors: [
      recorder,
      new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) }),
    ],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  trace.setGlobalTracerProvider(provider)
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
  // Broken streams reject promises that no scenario looks at.
  process.on('unhandledRejection', () => {})
  afterAll(() => provider.shutdown())

  describe(name, () => {
    test.each(scenariosOf(lane))('$provider: $name', async (scenario) => {
      recorder.startOver()
      charges.length = 0
      const started = Date.now()
      const { calls } = await runScenario(lane, scenario, {
        attribute,
        settle: () => untilEndedAs(recordedOf(name, scenario), recorder),
      })
      const recorded = {
        name,
        who: scenario.who ?? null,
        calls,
        spans: recorder.spans,
      } as unknown as RecordedScenario
      const exported = recorded.spans.filter(({ ended }) => ended !== null).map(toExported)
      expectRightSum(recorded, exported)
      expectRightUsers(
        recorded,
        new Map(recorded.spans.map(({ id }) => [id, String(id)])),
        exported,
      )
      const enriched = exported.filter(({ attributes }) => attributes['cost.status'] !== undefined)
      const costs = enriched.map(({ attributes }) => attributes['cost.usd'])
      // Broken streams are reported when the garbage collector finds their spans: perhaps now.
      const ended = charges.filter(({ at, reason }) => at >= started && reason !== 'never_ended')
      expect(inOrder(ended.map(({ usd }) => usd))).toEqual(inOrder(costs))
    })
  })
}

function inOrder(costs: unknown[]): string[] {
  return costs.map(String).toSorted((one, other) => one.localeCompare(other))
}

/** Spans of broken streams may never end: the recording tells how many do. */
async function untilEndedAs(
  recorded: readonly RecordedSpan[],
  { spans }: RecordingProcessor,
): Promise<void> {
  const countEnded = (all: readonly RecordedSpan[]): number =>
    all.filter(({ ended }) => ended !== null).length
  const [started, ended] = [recorded.length, countEnded(recorded)]
  const deadline = Date.now() + LONGEST_WAIT_MILLISECONDS
  while ((spans.length < started || countEnded(spans) < ended) && Date.now() < deadline) {
    // oxlint-disable-next-line no-await-in-loop -- until it is over
    await sleep(5)
  }
}

const fixtures = loadFixtures()

function recordedOf(lane: LaneName, { provider, name }: Scenario): readonly RecordedSpan[] {
  const fixture = fixtures.find((one) => one.lane === lane && one.provider === provider)
  const recorded = fixture?.scenarios.find((one) => one.name === name)
  if (recorded === undefined) throw new Error(`No recording of ${lane}, ${provider}, ${name}`)
  return recorded.spans
}

function toExported(span: RecordedSpan): ExportedSpan {
  return {
    name: span.name,
    traceId: '',
    spanId: String(span.id),
    parentSpanId: span.parent === null ? undefined : String(span.parent),
    startTime: [0, 0],
    status: span.status,
    attributes: { ...span.start, ...span.end },
    events: span.events,
  }
}
