import { OpenInferenceBatchSpanProcessor } from '@arizeai/openinference-vercel'
import { BraintrustSpanProcessor } from '@braintrust/otel'
import { LangfuseSpanProcessor } from '@langfuse/otel'
import { propagation, type Context } from '@opentelemetry/api'
import { ALLOW_ALL_BAGGAGE_KEYS, BaggageSpanProcessor } from '@opentelemetry/baggage-span-processor'
import {
  BatchSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor } from 'costspan'

/** One way of setting up span processors, as an application would. */
export interface Arm {
  readonly name: string
  /** What an application imports for it, beside the OTel API and SDK. */
  readonly packageName?: string
  /** Whether it tells AI spans from others, and does more for them. */
  readonly isAiAware?: boolean
  start(): Running
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

export const plain: Arm = {
  name: 'BatchSpanProcessor alone',
  start: () => ({ processors: [batch()] }),
}

/** The same a second time: how far from 0 it is, the machine was from silence. */
export const plainAgain: Arm = { ...plain, name: 'BatchSpanProcessor, again' }

export const costspan: Arm = {
  name: 'costspan',
  packageName: 'costspan',
  isAiAware: true,
  start: () => ({ processors: [new CostSpanProcessor(), batch()] }),
}

const baggage: Arm = {
  name: '@opentelemetry/baggage-span-processor',
  packageName: '@opentelemetry/baggage-span-processor',
  start: () => ({
    processors: [new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS), batch()],
    context: (from) => propagation.setBaggage(from, payerAsBaggage()),
  }),
}

const braintrust: Arm = {
  name: '@braintrust/otel',
  packageName: '@braintrust/otel',
  isAiAware: true,
  start: () => ({ processors: [new BraintrustSpanProcessor({ _spanProcessor: batch() })] }),
}

const langfuse: Arm = {
  name: '@langfuse/otel',
  packageName: '@langfuse/otel',
  isAiAware: true,
  start() {
    const keys = { publicKey: 'pk-lf-bench', secretKey: 'sk-lf-bench' }
    const processor = new LangfuseSpanProcessor({ exporter: nowhere, ...keys })
    // It works on in promises that nobody else can wait for.
    return { processors: [processor], settle: () => processor['flush']() }
  },
}

const openinference: Arm = {
  name: '@arizeai/openinference-vercel',
  packageName: '@arizeai/openinference-vercel',
  isAiAware: true,
  start: () => ({ processors: [new OpenInferenceBatchSpanProcessor({ exporter: nowhere })] }),
}

export const arms: readonly Arm[] = [
  plain,
  plainAgain,
  costspan,
  baggage,
  braintrust,
  langfuse,
  openinference,
]

/** The same three values that the AI spans carry. */
function payerAsBaggage() {
  return propagation.createBaggage({
    'user.id': { value: 'user-1' },
    'tenant.id': { value: 'acme' },
    'cost.plan': { value: 'pro' },
  })
}
