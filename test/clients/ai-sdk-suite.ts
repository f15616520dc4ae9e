import { setTimeout as sleep } from 'node:timers/promises'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution, type Charge } from 'costspan'
import { costFetch } from 'costspan/clients'
import { describe, expect, test } from 'vitest'
import { lanes } from '../recorder/ai-sdks/index.ts'
import type { Attribute, LaneName } from '../recorder/ai-sdks/lane.ts'
import { runScenario } from '../recorder/run-scenario.ts'
import { scenarios } from '../recorder/scenarios/index.ts'

const attribute: Attribute = (who, work) => withAttribution(who, work)
const names: Record<string, string> = {
  'openai-chat': 'openai',
  'openai-responses': 'openai',
  anthropic: 'anthropic',
  google: 'google',
  azure: 'azure',
  bedrock: '',
}

class Current implements SpanProcessor {
  costs = new CostSpanProcessor()
  charges: Charge[] = []
  started: string[] = []
  startOver(): void {
    const charges: Charge[] = []
    this.costs = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })
    this.charges = charges
    this.started = []
  }
  onStart: SpanProcessor['onStart'] = (span, from) => {
    this.started.push(span.name)
    this.costs.onStart(span, from)
  }
  onEnding: NonNullable<SpanProcessor['onEnding']> = (span) => this.costs.onEnding(span)
  onEnd: SpanProcessor['onEnd'] = (span: ReadableSpan) => this.costs.onEnd(span)
  forceFlush = (): Promise<void> => Promise.resolve()
  shutdown = (): Promise<void> => this.costs.shutdown()
}

export function describeLane(name: LaneName): void {
  const lane = lanes[name]
  const current = new Current()
  const provider = new BasicTracerProvider({ spanProcessors: [current] })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  trace.setGlobalTracerProvider(provider)
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
  process.on('unhandledRejection', () => {})
  const all = scenarios.filter(
    (one) =>
      one.provider in names &&
      lane.providers[one.provider] !== undefined &&
      one.runsOn(name === 'ai-7-bare' ? lanes['ai-7'] : lane),
  )
  async function run(scenario: (typeof all)[number], fetch?: typeof globalThis.fetch) {
    current.startOver()
    const request = trace.getTracer('http').startSpan('POST /chat', {}, ROOT_CONTEXT)
    const { calls } = await context.with(trace.setSpan(ROOT_CONTEXT, request), () =>
      runScenario(lane, scenario, { attribute, settle: () => sleep(20), fetch }),
    )
    for (let turn = 0; turn < 50 && current.charges.length < calls.length; turn++) await sleep(1)
    request.end()
    await current.shutdown()
    return { calls, charges: current.charges, spans: current.started }
  }
  describe(name, () => {
    test.each(all)('$provider: $name', async (scenario) => {
      const plain = await run(scenario)
      const provided = names[scenario.provider]
      const { calls, charges, spans } = await run(
        scenario,
        costFetch(provided ? { provider: provided } : {}) as never,
      )
      const show = (list: Charge[]) =>
        list.map((c) => `${c.status} ${c.reason ?? ''} ${c.usd ?? ''}`.trim()).join('; ')
      const billed = calls.map((c) => c.usd).join('; ')
      const extra =
        spans.length === plain.spans.length
          ? ''
          : ` SPANS ${plain.spans.length} -> ${spans.length} ${spans.join(',')}`
      process.stderr.write(
        `@@ ${name} | ${scenario.provider} | ${scenario.name} | ${show(plain.charges)} | ${show(charges)} | ${billed} | ${[...new Set(charges.map((c) => c.attribution.userId))]}${extra}\n`,
      )
      expect(1).toBe(1)
    })
  })
}
