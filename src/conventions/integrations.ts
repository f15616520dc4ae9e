import type { SpanAttributes } from '../span/span.ts'
import { aiSdkMajor } from './ai-sdk-version.ts'
import type { ModelCall } from './model-call.ts'

/**
 * How many spans the integrations of AI SDK 7 write of this call in its conventions: 1 as a rule,
 * more where one integration is registered several times, and 0 where the other integration writes
 * the span that is priced. Each integration writes a tree of its own; `registerTelemetry` keeps
 * them in a global array (@ai-sdk/otel 1.0.173).
 */
export function countCallSpans({ vocabulary }: ModelCall, attributes: SpanAttributes): number {
  if (vocabulary !== 'ai-sdk' && vocabulary !== 'ai-sdk-7') return 1
  if (integrations().length < 2) return 1
  const writers = spanWriters()
  // Class names do not survive a bundler; only `OpenTelemetry` has this field.
  const genAi = writers.filter((one) => 'supplementalAttributes' in one).length
  if (vocabulary === 'ai-sdk-7') return Math.max(genAi, 1)
  const others = writers.length - genAi
  // An older AI SDK in the same process emits the same `ai.*` spans, once.
  if (others === 0 || (aiSdkMajor(attributes) ?? 7) < 7) return 1
  return genAi > 0 ? 0 : others
}

/** The integrations of AI SDK 7 that write spans. Others (loggers, DevTools) have neither call states nor a tracer. */
export function spanWriters(): readonly object[] {
  return integrations().filter(
    (one): one is object =>
      typeof one === 'object' && one !== null && 'callStates' in one && 'tracer' in one,
  )
}

/** Whether the only integration that writes `gen_ai.*` spans was made without `usage` or `providerMetadata`. */
export function lacksUsageOptions(): boolean {
  const [options, another] = integrations()
    .map((one) => (one as Partial<OpenTelemetry> | null | undefined)?.supplementalAttributes)
    .filter((one) => typeof one === 'object' && one !== null)
  const isOnly = options !== undefined && another === undefined
  return isOnly && (options?.usage === false || options?.providerMetadata === false)
}

/** The integration that writes `gen_ai.*` spans, as far as it is read. */
interface OpenTelemetry {
  readonly supplementalAttributes: {
    readonly usage?: unknown
    readonly providerMetadata?: unknown
  } | null
}

const none: readonly unknown[] = []

/** What `registerTelemetry` of AI SDK 7 has registered. */
export function integrations(): readonly unknown[] {
  const { AI_SDK_TELEMETRY_INTEGRATIONS: registered } = globalThis as {
    AI_SDK_TELEMETRY_INTEGRATIONS?: unknown
  }
  return Array.isArray(registered) ? registered : none
}
