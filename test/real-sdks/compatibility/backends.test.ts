import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor } from 'costspan'
import { arize, braintrust, datadog, langfuse, type Backend } from 'costspan/backends'
import { describe, test } from 'vitest'
import type { ProviderUsage } from '../../loopback/exchange.ts'
import { expectRow } from './compatibility-table.ts'
import { expectRightUsers } from '../../support/laws.ts'
import { loadFixtures, type RecordedScenario } from '../../support/fixtures.ts'
import { CopyingExporter, type ExportedSpan } from '../../support/pipeline.ts'
import { replay } from '../../support/replay.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())

type Attributes = ExportedSpan['attributes']

/** What a backend reads of a span, by its documentation or its source: of several names the first. */
interface Reading {
  readonly name: string
  readonly preset: readonly Backend[]
  readonly user: readonly string[]
  readonly cost: readonly string[]
  readonly input: readonly string[]
  readonly output: readonly string[]
  /** Whose cost and tokens it counts. */
  readonly counts?: (attributes: Attributes) => boolean
  /** Where it adds a price of its own, also to a span above calls. */
  readonly prices?: (attributes: Attributes) => boolean
  readonly proof: string
}

const genAiTokens = {
  input: ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'],
  output: ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'],
}
const notLive = 'not run against the live service'
/** As in docs/backends/laminar.md. */
const laminar: Backend = ({ charge, attribution }) => ({
  'gen_ai.usage.cost': charge?.usd,
  'lmnr.association.properties.user_id': attribution.userId,
})
const hasUsage = (attributes: Attributes): boolean =>
  Object.keys(attributes).some((name) => /^(gen_ai|ai)\.usage\.(?!cost$)/.test(name))

const readings: Reading[] = [
  {
    name: 'Langfuse',
    preset: [langfuse],
    user: ['langfuse.user.id', 'user.id', 'ai.telemetry.metadata.userId'],
    cost: ['gen_ai.usage.cost', 'llm.cost.total'],
    ...genAiTokens,
    counts: ({ 'gen_ai.operation.name': operation }) =>
      operation !== 'invoke_agent' && operation !== 'agent_step',
    prices: (attributes) =>
      attributes['gen_ai.usage.cost'] === undefined &&
      attributes['ai.model.id'] !== undefined &&
      hasUsage(attributes),
    proof: `its source (langfuse 6275144614), whose ingestion was run; ${notLive}`,
  },
  {
    name: 'Arize AX',
    preset: [arize],
    user: ['user.id'],
    cost: ['llm.cost.total'],
    input: ['llm.token_count.prompt'],
    output: ['llm.token_count.completion'],
    proof: `its documentation and OpenInference’s; ${notLive}`,
  },
  {
    name: 'Braintrust',
    preset: [braintrust],
    user: ['user.id'],
    cost: ['braintrust.metrics.estimated_cost'],
    ...genAiTokens,
    proof: `its SDKs (a696a723); ${notLive}`,
  },
  {
    name: 'Datadog',
    preset: [datadog],
    user: ['user.id'],
    cost: ['cost.usd'],
    ...genAiTokens,
    // What tells no operation is a workflow, and no call of a model.
    counts: ({ 'gen_ai.operation.name': operation }) =>
      ['chat', 'embeddings', 'rerank'].includes(String(operation)),
    proof: `its documentation (9bfd8543), the cost as a tag; ${notLive}`,
  },
  {
    name: 'Laminar, by ten lines',
    preset: [laminar],
    user: ['lmnr.association.properties.user_id', 'ai.telemetry.metadata.userId'],
    cost: ['gen_ai.usage.cost'],
    ...genAiTokens,
    prices: (attributes) =>
      attributes['gen_ai.usage.cost'] === undefined &&
      attributes['gen_ai.request.model'] !== undefined &&
      hasUsage(attributes),
    proof: `its source; ${notLive}`,
  },
  {
    name: 'Honeycomb, Axiom, Tempo, New Relic, SigNoz',
    preset: [],
    user: ['user.id'],
    cost: ['cost.usd'],
    ...genAiTokens,
    proof: `a strict OTLP receiver, \`npm run test:backends\`; ${notLive}`,
  },
]

const scenarios = loadFixtures().flatMap((fixture) => fixture.scenarios)

function replayFor(
  { preset }: Reading,
  scenario: RecordedScenario,
): { spans: ExportedSpan[]; spanIds: Map<number, string> } {
  const exporter = new CopyingExporter()
  const processors = [
    new CostSpanProcessor({ backends: preset }),
    new SimpleSpanProcessor(exporter),
  ]
  const tracing = new BasicTracerProvider({ spanProcessors: processors })
  const spanIds = replay(tracing.getTracer('replay'), scenario)
  return { spans: exporter.spans, spanIds }
}

const first = (attributes: Attributes, names: readonly string[]): unknown =>
  names.map((name) => attributes[name]).find((value) => value !== undefined)
const total = (spans: readonly ExportedSpan[], names: readonly string[]): number =>
  spans.reduce((sum, { attributes }) => sum + Number(first(attributes, names) ?? 0), 0)

const inputOf = (usage: ProviderUsage): number =>
  usage.uncachedInput +
  (usage.cacheRead ?? 0) +
  (usage.cacheWrite5m ?? 0) +
  (usage.cacheWrite1h ?? 0) +
  (usage.audioInput ?? 0)
const outputOf = ({ outputText = 0, reasoning = 0 }: ProviderUsage): number =>
  outputText + reasoning

/** How many of those that a question can be asked of answer with yes. */
class Share {
  #yes = 0
  #all = 0
  add(isYes: boolean): void {
    this.#all++
    if (isYes) this.#yes++
  }
  get text(): string {
    if (this.#all < 10) throw new Error('too few to tell')
    return this.#yes === this.#all ? 'yes' : `${Math.floor((100 * this.#yes) / this.#all)} %`
  }
}

describe('what a backend reads, over all recordings', () => {
  test.each(readings)('$name', (reading) => {
    const [user, seen, right, once, tokens] = Array.from({ length: 5 }, () => new Share())
    if (!user || !seen || !right || !once || !tokens) throw new Error('five questions')
    for (const scenario of scenarios) {
      const { spans, spanIds } = replayFor(reading, scenario)
      expectRightUsers(scenario, spanIds, spans)
      const counted = spans.filter(({ attributes }) => reading.counts?.(attributes) ?? true)
      const calls = spans.filter(({ attributes }) => attributes['cost.status'] !== undefined)
      for (const call of calls) {
        const { 'user.id': attributedTo, 'cost.usd': usd } = call.attributes
        if (attributedTo !== undefined)
          user.add(first(call.attributes, reading.user) === attributedTo)
        const isCounted = counted.includes(call)
        if (usd !== undefined) seen.add(isCounted && first(call.attributes, reading.cost) === usd)
      }
      const above = counted.filter((span) => !calls.includes(span))
      const isPricedAbove = above.some(({ attributes }) => reading.prices?.(attributes))
      once.add(total(above, reading.cost) === 0 && !isPricedAbove)
      if (!isExact(scenario, calls)) continue
      const billed = scenario.calls.reduce((sum, { usd }) => sum + (usd ?? Number.NaN), 0)
      const shown = total(counted, reading.cost)
      right.add(Math.abs(shown - billed) < 1e-9 && !isPricedAbove)
      const used = scenario.calls.flatMap(({ usage }) => usage ?? [])
      const input = used.reduce((sum, usage) => sum + inputOf(usage), 0)
      const output = used.reduce((sum, usage) => sum + outputOf(usage), 0)
      tokens.add(
        total(calls, reading.input) === input &&
          // An embedding has no answer whose tokens could be reported.
          (output === 0 || total(calls, reading.output) === output),
      )
    }
    expectRow(reading.name, [
      ...[user, seen, right, once, tokens].map(({ text }) => text),
      reading.proof,
    ])
  })
})

/** Where the provider reported all that it billed, and no span hides any of it. */
function isExact({ calls, spans }: RecordedScenario, charged: readonly ExportedSpan[]): boolean {
  return (
    charged.length > 0 &&
    spans.every(({ ended }) => ended !== null) &&
    calls.every(({ usd, usage, outcome }) => usd && usage && outcome === 'complete') &&
    charged.every(({ attributes }) => attributes['cost.status'] === 'priced')
  )
}
