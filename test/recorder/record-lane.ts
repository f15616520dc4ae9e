/* oxlint-disable no-await-in-loop -- scenarios run one after the other, as their spans share a tracer */
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fixture, RecordedScenario } from './fixture.ts'
import { packagesOf } from './fixture.ts'
import { lanes } from './ai-sdks/index.ts'
import type { Attribute, LaneName, ScenarioProvider } from './ai-sdks/lane.ts'
import { normalise } from './normalise.ts'
import { ATTRIBUTED, RecordingProcessor } from './recording-processor.ts'
import { runScenario } from './run-scenario.ts'
import type { Scenario } from './scenario.ts'
import { scenariosOf } from './scenarios/index.ts'

/** Some spans never end; the recorder waits no longer than this. */
const LONGEST_WAIT_MILLISECONDS = 300

/** Records one lane in this process, of which it takes the global tracer provider. */
async function recordLane(name: LaneName): Promise<Fixture[]> {
  const lane = lanes[name]
  const processor = new RecordingProcessor()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }))
  const fixtures = new Map<ScenarioProvider, Fixture>()
  for (const scenario of scenariosOf(lane)) {
    const { provider } = scenario
    const fixture = fixtures.get(provider) ?? {
      lane: name,
      provider,
      packages: packagesOf(lane, provider),
      scenarios: [],
    }
    fixtures.set(provider, fixture)
    fixture.scenarios.push(await recordScenario(name, scenario, processor))
  }
  return [...fixtures.values()]
}

async function recordScenario(
  name: LaneName,
  scenario: Scenario,
  processor: RecordingProcessor,
): Promise<RecordedScenario> {
  processor.startOver()
  const { calls, threw } = await runScenario(lanes[name], scenario, {
    attribute: inContext,
    settle: () => spansEnd(processor),
  })
  if (threw === undefined && calls.length !== scenario.replies.length) {
    throw new Error(`${name}, ${scenario.provider}, ${scenario.name}: ${calls.length} calls`)
  }
  const recorded = {
    name: scenario.name,
    who: scenario.who ?? null,
    ...(threw !== undefined && { threw }),
    calls: calls.map((call) => ({ ...call, provider: undefined })),
    spans: processor.spans,
  }
  return normalise(recorded) as unknown as RecordedScenario
}

const inContext: Attribute = (who, work) =>
  context.with(context.active().setValue(ATTRIBUTED, who), work)

async function spansEnd(processor: RecordingProcessor): Promise<void> {
  const deadline = Date.now() + LONGEST_WAIT_MILLISECONDS
  while (!processor.allEnded && Date.now() < deadline) await sleep(5)
}

const [, , laneName] = process.argv
if (process.send !== undefined && laneName !== undefined && laneName in lanes) {
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
  // Broken streams reject promises that no scenario looks at.
  process.on('unhandledRejection', () => {})
  // The parent disconnects once it has everything; a stream left open must not keep the process.
  process.once('disconnect', () => process.exit())
  process.send(await recordLane(laneName as LaneName))
}
