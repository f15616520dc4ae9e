import { context, trace, type Attributes } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge } from 'costspan'
import { expect } from 'vitest'

export const contextManager = new AsyncLocalStorageContextManager()
context.setGlobalContextManager(contextManager)

let charges: Charge[] = []
export let exporter = new InMemorySpanExporter()
export let tracer = trace.getTracer('none')

export function register(...before: SpanProcessor[]): void {
  charges = []
  exporter = new InMemorySpanExporter()
  const costs = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })
  const spanProcessors = [...before, costs, new SimpleSpanProcessor(exporter)]
  tracer = new BasicTracerProvider({ spanProcessors }).getTracer('ai')
}
const usage = { 'ai.usage.inputTokens': 10, 'ai.usage.outputTokens': 1 }
const model = { 'ai.model.provider': 'openai.chat', 'ai.model.id': 'gpt-4o' }
export const leaf = { 'ai.operationId': 'ai.generateText.doGenerate', ...model, ...usage }
export const root = { 'ai.operationId': 'ai.generateText', ...model }
export const tool = { 'ai.operationId': 'ai.toolCall' }

/** A span around `inside`, or with nothing inside. */
export function span(attributes: Attributes, inside: () => void = () => {}): void {
  const started = tracer.startSpan('span', { attributes })
  context.with(trace.setSpan(context.active(), started), inside)
  started.end()
}

export const metadata = (who: object): Attributes => prefixed('ai.telemetry.metadata.', who)
export const runtimeContext = (who: object): Attributes => prefixed('ai.settings.context.', who)
function prefixed(prefix: string, who: object): Attributes {
  return Object.fromEntries(Object.entries(who).map(([name, value]) => [prefix + name, value]))
}

/** The attribution of the only charge, without the fields that are undefined. */
export function onlyAttribution(): object {
  expect(charges).toHaveLength(1)
  const { userId, tenantId, plan, tags } = charges[0]?.attribution ?? {}
  return JSON.parse(JSON.stringify({ userId, tenantId, plan, tags })) as object
}

export const spans = (): readonly ReadableSpan[] => exporter.getFinishedSpans()
