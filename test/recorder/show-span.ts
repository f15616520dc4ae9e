/* oxlint-disable no-console -- a command */
import { parseArgs } from 'node:util'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge } from 'costspan'
import { loadFixtures } from '../support/fixtures.ts'
import { CopyingExporter } from '../support/pipeline.ts'
import { replay } from '../support/replay.ts'

/**
 * Replays one recorded scenario through `CostSpanProcessor`, and prints its spans and charges.
 *
 *     npm run span                                lists what is recorded
 *     npm run span -- ai-7 openai-chat            lists the scenarios of a fixture
 *     npm run span -- ai-7 openai-chat reasoning  prints the first scenario whose name contains the text
 */
const { positionals } = parseArgs({ allowPositionals: true })
const [lane, provider, ...words] = positionals
const fixtures = loadFixtures()
const fixture = fixtures.find((one) => one.lane === lane && one.provider === provider)
const name = words.join(' ')
const scenario = name === '' ? undefined : fixture?.scenarios.find((one) => one.name.includes(name))

if (fixture === undefined) {
  for (const one of fixtures) console.log(`${one.lane} ${one.provider}`)
} else if (scenario === undefined) {
  for (const one of fixture.scenarios) console.log(one.name)
} else {
  const charges: Charge[] = []
  const exporter = new CopyingExporter()
  const tracing = new BasicTracerProvider({
    spanProcessors: [
      new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) }),
      new SimpleSpanProcessor(exporter),
    ],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  replay(tracing.getTracer('show-span'), scenario)
  await tracing.shutdown()
  console.log(`${scenario.name}\n`)
  for (const span of exporter.spans) {
    console.log(span.name)
    for (const [key, value] of Object.entries(span.attributes).toSorted(([one], [other]) =>
      one.localeCompare(other),
    )) {
      const text = String(value)
      console.log(`  ${key.padEnd(44)} ${text.length > 100 ? `${text.slice(0, 100)}…` : text}`)
    }
  }
  for (const charge of charges) console.log('\ncharge', JSON.stringify(charge, undefined, 2))
}
