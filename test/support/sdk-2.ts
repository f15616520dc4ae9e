import { ROOT_CONTEXT, trace, type Attributes, type Span } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  SimpleSpanProcessor,
  type SpanLimits,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge, type CostSpanProcessorOptions } from 'costspan'
import { definePrices } from 'costspan/prices'
import { CopyingExporter, type ExportedSpan } from './pipeline.ts'

/** A call of {@link usage} costs one US dollar. */
export const prices = [definePrices('1', [{ provider: 'openai', model: 'm', input: 1, output: 1 }])]

export const root = { 'ai.operationId': 'ai.streamText' }
export const tool = { 'ai.operationId': 'ai.toolCall' }
export const leaf = {
  'ai.operationId': 'ai.streamText.doStream',
  'ai.model.provider': 'openai.chat',
  'ai.model.id': 'm',
}
export const usage = { 'ai.usage.inputTokens': 600_000, 'ai.usage.outputTokens': 400_000 }

/** The same call as an instrumented client, or AI SDK 7, writes it. */
export const genAiLeaf = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'm',
}
export const genAiUsage = {
  'gen_ai.usage.input_tokens': 600_000,
  'gen_ai.usage.output_tokens': 400_000,
}

interface Settings {
  readonly options?: CostSpanProcessorOptions
  readonly limits?: SpanLimits
  /** `false` for a host like `@vercel/otel`. */
  readonly callsOnEnding?: boolean
}

/** A tracer provider of the OTel SDK 2 with costspan in it. */
export class Recording {
  readonly exporter = new CopyingExporter()
  readonly charges: Charge[] = []
  readonly provider: BasicTracerProvider

  constructor({ options = {}, limits = {}, callsOnEnding = true }: Settings = {}) {
    const onCharge = (charge: Charge): void => void this.charges.push(charge)
    const costs = new CostSpanProcessor({ prices, onCharge, ...options })
    // Exports at once: what costspan writes too late is not there.
    const exporting = new SimpleSpanProcessor(this.exporter)
    const spanProcessors = callsOnEnding ? [exporting, costs] : [withoutOnEnding(costs), exporting]
    this.provider = new BasicTracerProvider({ spanProcessors, spanLimits: limits })
  }

  start(name: string, attributes: Attributes, above?: Span, scope = 'ai'): Span {
    const from = above === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, above)
    return this.provider.getTracer(scope).startSpan(name, { attributes }, from)
  }

  span(name: string): ExportedSpan | undefined {
    return this.exporter.spans.find((span) => span.name === name)
  }

  /** The cost attributes of the spans that were exported under a name. */
  costOf(name: string): Record<string, unknown> {
    const attributes = this.span(name)?.attributes ?? {}
    const cost = {
      usd: attributes['cost.usd'],
      status: attributes['cost.status'],
      rollup: attributes['cost.rollup_usd'],
      missing: attributes['cost.rollup_missing_calls'],
      unfinished: attributes['cost.unfinished_calls'],
    }
    return Object.fromEntries(Object.entries(cost).filter(([, value]) => value !== undefined))
  }
}

export function end(span: Span, attributes: Attributes = {}): void {
  span.setAttributes(attributes).end()
}

function withoutOnEnding(costs: CostSpanProcessor): SpanProcessor {
  return {
    onStart: (span, from) => costs.onStart(span, from),
    onEnd: (span) => costs.onEnd(span),
    forceFlush: () => costs.forceFlush(),
    shutdown: () => costs.shutdown(),
  }
}
