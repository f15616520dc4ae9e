/**
 * Whether both telemetry integrations of AI SDK 7 are registered, so that every call is recorded
 * as `ai.*` spans and as `gen_ai.*` spans. `registerTelemetry` keeps them in a global array;
 * class names do not survive a bundler, so the two are told apart by a field that only
 * `OpenTelemetry` has (@ai-sdk/otel 1.0.173).
 */
export function hasDuplicateTelemetry(): boolean {
  const registered = (globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown })
    .AI_SDK_TELEMETRY_INTEGRATIONS
  if (!Array.isArray(registered) || registered.length < 2) return false
  const spanWriters = registered.filter(writesSpans)
  const genAi = spanWriters.filter((integration) => 'supplementalAttributes' in integration)
  return genAi.length > 0 && genAi.length < spanWriters.length
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
