import { context, ROOT_CONTEXT, trace, type Span } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { CostSpanExporter } from '../../src/exporter/cost-span-exporter.ts'
import { CostSpanProcessor, withAttribution } from '../../src/index.ts'

/**
 * Run with `--expose-gc`: prints how many of the spans that went through costspan are not collected once the
 * application has dropped them, while costspan itself is alive.
 */
const SPANS = process.argv.includes('--leak') ? 5_000 : 50_000

const collectGarbage = (globalThis as { gc?: () => void }).gc
if (collectGarbage === undefined) throw new Error('run with --expose-gc')

context.setGlobalContextManager(new AsyncLocalStorageContextManager())
const callsOnEnding = process.argv.includes('--on-ending')
const forcesEnds = process.argv.includes('--forced-ends')
const leaks = process.argv.includes('--leak')
const belowRequests = process.argv.includes('--below-requests')
const leaked: unknown[] = []

let charges = 0
const processor = new CostSpanProcessor({ onCharge: () => void charges++ })
const exporter = new CostSpanExporter({
  export(spans: ReadableSpan[]): void {
    if (leaks) leaked.push(...spans)
  },
  shutdown: () => Promise.resolve(),
})
const provider = new BasicTracerProvider({
  spanProcessors: [
    {
      onStart: (span, from) => processor.onStart(span, from),
      ...(callsOnEnding ? { onEnding: (span: never) => processor.onEnding(span) } : {}),
      onEnd: (span) => {
        processor.onEnd(span)
        exporter.export([span], () => {})
      },
      forceFlush: () => processor.forceFlush(),
      shutdown: () => processor.shutdown(),
    },
  ],
})
const tracer = provider.getTracer('ai')

let collected = 0
const registry = new FinalizationRegistry(() => void collected++)

function start(attributes: Record<string, string | number>, above?: Span): Span {
  const from = above === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, above)
  const span = tracer.startSpan('span', { attributes }, from)
  registry.register(span, undefined)
  return span
}

const leaf = { 'ai.operationId': 'ai.streamText.doStream', 'ai.model.provider': 'openai.chat' }

/** A root with a step that ends, one that never does, and one whose model has no price. */
function generate(index: number): void {
  withAttribution({ userId: `user-${index}`, tags: { feature: `${index}` } }, () => {
    const request = belowRequests ? start({ 'http.request.method': 'POST' }) : undefined
    const root = start({ 'ai.operationId': 'ai.streamText' }, request)
    const step = start(
      { ...leaf, 'ai.model.id': 'gpt-4o', 'ai.usage.inputTokens': 5, 'ai.usage.outputTokens': 5 },
      root,
    )
    const client = start({ 'gen_ai.operation.name': 'chat' }, step)
    client.end()
    step.end()
    const open = start({ ...leaf, 'ai.model.id': `model-${index}` }, root)
    start({ ...leaf, 'ai.model.id': `model-${index}`, 'ai.usage.inputTokens': 5 }, root).end()
    // Every other root never ends, as when a stream is aborted.
    if (index % 2 === 0) root.end()
    if (forcesEnds) open.end()
    request?.end()
  })
}

const PER_GENERATION = belowRequests ? 6 : 5

async function measure(generations: number): Promise<number> {
  for (let index = 0; index < generations; index++) generate(index)
  for (let round = 0; round < 10; round++) {
    collectGarbage?.()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return process.memoryUsage().heapUsed
}

// The first spans of a process bring code and shapes with them, which nothing frees.
await measure(SPANS / PER_GENERATION)
const before = await measure(SPANS / PER_GENERATION)
const after = await measure(SPANS / PER_GENERATION)
const total = 3 * SPANS
process.stdout.write(
  JSON.stringify({ held: total - collected, grownBytesPerSpan: (after - before) / SPANS, charges }),
)
