import type { SpanAttributes } from '../span/span.ts'
import { aiSdkMajor } from './ai-sdk-version.ts'
import type { ModelCall } from './model-call.ts'

/**
 * How many spans AI SDK 7 writes of this call in this vocabulary: 1 as a rule, more where one of
 * its integrations is registered several times, and 0 where the other integration writes the span
 * that is priced. Both integrations write trees of their own; `registerTelemetry` keeps them in a
 * global array (@ai-sdk/otel 1.0.173).
 */
export function recordingsOf({ vocabulary }: ModelCall, attributes: SpanAttributes): number {
  if (vocabulary !== 'ai-sdk' && vocabulary !== 'ai-sdk-7') return 1
  const registered = registeredIntegrations()
  return registered.length > 1 ? countRecordings(registered, vocabulary, attributes) : 1
}

/** How many integrations of AI SDK 7 write spans of each call, in any vocabulary. */
export function writersOfSpans(): number {
  return registeredIntegrations().filter(writesSpans).length
}

const nothing: readonly unknown[] = []

function registeredIntegrations(): readonly unknown[] {
  const registered = (globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown })
    .AI_SDK_TELEMETRY_INTEGRATIONS
  return Array.isArray(registered) ? registered : nothing
}

/** Whether the only integration that writes `gen_ai.*` spans was made without `usage` or `providerMetadata`. */
export function lacksUsageOptions(): boolean {
  const options = registeredIntegrations().flatMap((one: unknown) => supplementsOf(one) ?? [])
  return (
    options.length === 1 &&
    options.some((one) => one.usage === false || one.providerMetadata === false)
  )
}

interface Supplements {
  readonly usage?: unknown
  readonly providerMetadata?: unknown
}

function supplementsOf(integration: unknown): Supplements | undefined {
  const supplements = (
    integration as { supplementalAttributes?: Supplements | null } | null | undefined
  )?.supplementalAttributes
  return typeof supplements === 'object' && supplements !== null ? supplements : undefined
}

function countRecordings(
  registered: readonly unknown[],
  vocabulary: 'ai-sdk' | 'ai-sdk-7',
  attributes: SpanAttributes,
): number {
  const spanWriters = registered.filter(writesSpans)
  // Class names do not survive a bundler; only `OpenTelemetry` has this field.
  const genAi = spanWriters.filter((one) => 'supplementalAttributes' in one).length
  if (vocabulary === 'ai-sdk-7') return Math.max(genAi, 1)
  const others = spanWriters.length - genAi
  // An older AI SDK in the same process emits the same `ai.*` spans, once.
  if (others === 0 || (aiSdkMajor(attributes) ?? 7) < 7) return 1
  return genAi > 0 ? 0 : others
}

/** Other integrations (loggers, DevTools) keep neither call states nor a tracer. */
function writesSpans(integration: unknown): integration is object {
  return (
    typeof integration === 'object' &&
    integration !== null &&
    'callStates' in integration &&
    'tracer' in integration
  )
}
