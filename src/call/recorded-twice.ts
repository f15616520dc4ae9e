import type { SpanAttributes } from '../span/span.ts'
import { aiSdkMajor } from './ai-sdk-version.ts'
import type { ModelCall } from './model-call.ts'

/**
 * Whether AI SDK 7 records this call a second time. With both of its integrations registered
 * every call is in two trees, of which the `gen_ai.*` one is priced; with the same one twice
 * nothing tells the copies apart, and neither is. `registerTelemetry` keeps integrations in a
 * global array (@ai-sdk/otel 1.0.173).
 */
export function isRecordedTwice({ vocabulary }: ModelCall, attributes: SpanAttributes): boolean {
  if (vocabulary !== 'ai-sdk' && vocabulary !== 'ai-sdk-7') return false
  const registered = registeredIntegrations()
  return Array.isArray(registered) && registered.length > 1
    ? isOneTooMany(registered, vocabulary, attributes)
    : false
}

function registeredIntegrations(): unknown {
  return (globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown }).AI_SDK_TELEMETRY_INTEGRATIONS
}

/** Whether the only integration that writes `gen_ai.*` spans was made without `usage` or `providerMetadata`. */
export function lacksUsageOptions(): boolean {
  const registered = registeredIntegrations()
  if (!Array.isArray(registered)) return false
  const options = registered.flatMap((one: unknown) => supplementsOf(one) ?? [])
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

function isOneTooMany(
  registered: readonly unknown[],
  vocabulary: 'ai-sdk' | 'ai-sdk-7',
  attributes: SpanAttributes,
): boolean {
  const spanWriters = registered.filter(writesSpans)
  // Class names do not survive a bundler; only `OpenTelemetry` has this field.
  const genAi = spanWriters.filter((one) => 'supplementalAttributes' in one).length
  if (vocabulary === 'ai-sdk-7') return genAi > 1
  // An older AI SDK in the same process emits the same `ai.*` spans, once.
  return spanWriters.length > 1 && genAi < spanWriters.length && (aiSdkMajor(attributes) ?? 7) >= 7
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
