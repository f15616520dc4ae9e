import { ROOT_CONTEXT, trace, type Attributes, type Span } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge } from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { CopyingExporter, type ExportedSpan } from './pipeline.ts'

/** At 2.5 and 10 US dollars for a million tokens of `gpt-4o`. */
export const usdOf = (input: number, output: number): number => (input * 2.5 + output * 10) / 1e6

export const AI_SDK = 'gen_ai'
export const SENTRY = '@sentry/node'
export const CLIENT = '@opentelemetry/instrumentation-openai'
export const ANTHROPIC = 'com.anthropic.sdk.typescript'
export const OPENINFERENCE = '@arizeai/openinference-instrumentation-anthropic'

export interface Shown {
  readonly input?: number
  readonly output?: number
  readonly id?: string
}

export const chat = (model = 'gpt-4o', provider = 'openai'): Attributes => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': provider,
  'gen_ai.request.model': model,
})
export const ofSentry = { 'sentry.origin': 'auto.vercelai.channel' }
export const openInference = {
  'openinference.span.kind': 'LLM',
  'llm.provider': 'anthropic',
  'llm.model_name': 'claude-sonnet-4-5',
}

export function shown({ input, output, id }: Shown): Attributes {
  return {
    ...(input !== undefined && { 'gen_ai.usage.input_tokens': input }),
    ...(output !== undefined && { 'gen_ai.usage.output_tokens': output }),
    ...(id !== undefined && { 'gen_ai.response.id': id }),
  }
}

let now = Date.now()

/**
 * The clock of these spans, in milliseconds since the epoch. It goes on with each start and end, so that no pause of the
 * machine decides whether two spans overlap.
 */
export function tick(milliseconds = 1): number {
  now += milliseconds
  return now
}

/** Spans that start and end in any order, seen by a processor; and the originals for an exporter. */
export class Pipeline {
  readonly charges: Charge[] = []
  readonly enriched = new CopyingExporter()
  readonly #originals = new InMemorySpanExporter()
  readonly #provider: BasicTracerProvider
  readonly #plain: BasicTracerProvider
  readonly costs = new CostSpanProcessor({ onCharge: (charge) => this.charges.push(charge) })

  constructor() {
    this.#provider = new BasicTracerProvider({
      spanProcessors: [this.costs, new SimpleSpanProcessor(this.enriched)],
    })
    this.#plain = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(this.#originals)],
    })
  }

  start(scope: string, attributes: Attributes, above?: Pair, name = 'span'): Pair {
    const startTime = tick()
    const [one, other] = [this.#provider, this.#plain].map((provider, index) =>
      provider
        .getTracer(scope)
        .startSpan(
          name,
          { attributes, startTime },
          above === undefined
            ? ROOT_CONTEXT
            : trace.setSpan(ROOT_CONTEXT, index === 0 ? above.processed : above.plain),
        ),
    ) as [Span, Span]
    return { processed: one, plain: other }
  }

  get originals(): ReadableSpan[] {
    return this.#originals.getFinishedSpans()
  }

  /** What an exporter makes of the same spans, so many in a batch. */
  exported(size = 1, order = (spans: ReadableSpan[]): ReadableSpan[] => spans): ExportedSpan[] {
    const collected = new CopyingExporter()
    const exporter = new CostSpanExporter<ReadableSpan, { code: 0 }>(collected)
    const spans = order(this.originals)
    for (let index = 0; index < spans.length; index += size) {
      exporter.export(spans.slice(index, index + size), () => {})
    }
    return collected.spans
  }
}

/** One span, as a processor sees it and as it is kept for an exporter. */
export interface Pair {
  readonly processed: Span
  readonly plain: Span
}

export function end({ processed, plain }: Pair, what: Shown | Attributes = {}): void {
  const attributes = 'input' in what || 'output' in what || 'id' in what ? shown(what) : what
  const endTime = tick()
  for (const span of [processed, plain]) span.setAttributes(attributes as Attributes).end(endTime)
}

export const sumOf = (spans: readonly ExportedSpan[]): number =>
  spans.reduce((sum, { attributes }) => sum + Number(attributes['cost.usd'] ?? 0), 0)
export const countOf = (spans: readonly ExportedSpan[]): number =>
  spans.filter(({ attributes }) => attributes['cost.usd'] !== undefined).length
