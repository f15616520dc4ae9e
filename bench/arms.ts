import { propagation, type Context } from '@opentelemetry/api'
import {
  BatchSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'

/** One way of setting up span processors, as an application would. */
export interface Arm {
  /** The package that an application imports for it; behind a comma, how it is set up. */
  readonly name: string
  /** Whether it tells AI spans from others, and does more for them. */
  readonly isAiAware: boolean
  start(): Promise<Running>
}

export interface Running {
  readonly processors: readonly SpanProcessor[]
  /** The context around the spans, where the processor reads something from it. */
  readonly context?: (from: Context) => Context
  /** Waits for work on the main thread that a hook only began; it is measured with the hook. */
  readonly settle?: () => Promise<void>
}

/** Every arm exports to nowhere: only the hooks are compared. */
const nowhere: SpanExporter = {
  export: (_spans, done) => done({ code: 0 }),
  shutdown: () => Promise.resolve(),
  forceFlush: () => Promise.resolve(),
}

const batch = (): SpanProcessor => new BatchSpanProcessor(nowhere)

/** What all are compared with; as an arm, how far from 0 it is, the machine was from silence. */
export const plain: Arm = {
  name: 'BatchSpanProcessor, again',
  isAiAware: false,
  start: () => Promise.resolve({ processors: [batch()] }),
}

export const costspan: Arm = {
  name: 'costspan',
  isAiAware: true,
  async start() {
    const { CostSpanProcessor } = await import('costspan')
    return { processors: [new CostSpanProcessor(), batch()] }
  },
}

const baggage: Arm = {
  name: '@opentelemetry/baggage-span-processor',
  isAiAware: false,
  async start() {
    const { ALLOW_ALL_BAGGAGE_KEYS, BaggageSpanProcessor } =
      await import('@opentelemetry/baggage-span-processor')
    return {
      processors: [new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS), batch()],
      context: (from) => propagation.setBaggage(from, attribution),
    }
  },
}

/** The same three values that the AI spans carry. */
const attribution = propagation.createBaggage({
  'user.id': { value: 'user-1' },
  'tenant.id': { value: 'acme' },
  'cost.plan': { value: 'pro' },
})

/** As it comes it treats all spans alike. */
const braintrust: Arm = {
  name: '@braintrust/otel',
  isAiAware: false,
  async start() {
    const { BraintrustSpanProcessor } = await import('@braintrust/otel')
    return { processors: [new BraintrustSpanProcessor({ _spanProcessor: batch() })] }
  },
}

/** As its README sets it up: it looks which spans are AI spans, and passes only those on. */
const braintrustFiltering: Arm = {
  name: '@braintrust/otel, filterAISpans',
  isAiAware: true,
  async start() {
    const { BraintrustSpanProcessor } = await import('@braintrust/otel')
    const options = { _spanProcessor: batch(), filterAISpans: true }
    return { processors: [new BraintrustSpanProcessor(options)] }
  },
}

const langfuse: Arm = {
  name: '@langfuse/otel',
  isAiAware: true,
  async start() {
    const { LangfuseSpanProcessor } = await import('@langfuse/otel')
    const keys = { publicKey: 'pk-lf-bench', secretKey: 'sk-lf-bench' }
    const processor = new LangfuseSpanProcessor({ exporter: nowhere, ...keys })
    // It goes on in promises that only its own `flush` waits for.
    return { processors: [processor], settle: () => processor['flush']() }
  },
}

const openinference: Arm = {
  name: '@arizeai/openinference-vercel',
  isAiAware: true,
  async start() {
    const { OpenInferenceBatchSpanProcessor } = await import('@arizeai/openinference-vercel')
    return { processors: [new OpenInferenceBatchSpanProcessor({ exporter: nowhere })] }
  },
}

export const arms: readonly Arm[] = [
  plain,
  costspan,
  baggage,
  braintrust,
  braintrustFiltering,
  langfuse,
  openinference,
]
