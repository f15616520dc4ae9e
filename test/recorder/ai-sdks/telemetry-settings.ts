import type { CallOptions, Lane, Telemetry, Who } from './lane.ts'

/** The options by which a call of the lane's major enables spans and names its user. */
export async function telemetrySettings(
  lane: Lane,
  call: CallOptions,
  who: Who | undefined,
): Promise<object> {
  const { functionId, recordInputs, recordOutputs } = call
  const recording = {
    isEnabled: true,
    ...(functionId !== undefined && { functionId }),
    ...(recordInputs !== undefined && { recordInputs }),
    ...(recordOutputs !== undefined && { recordOutputs }),
  }
  if (lane.telemetry === undefined) {
    return { experimental_telemetry: { ...recording, ...(who && { metadata: { ...who } }) } }
  }
  if (call.whoInRuntimeContext !== true || who === undefined) return { telemetry: recording }
  return {
    runtimeContext: { ...who },
    telemetry: {
      ...recording,
      includeRuntimeContext: Object.fromEntries(Object.keys(who).map((key) => [key, true])),
      ...(await ownIntegration(lane.telemetry)),
    },
  }
}

async function ownIntegration(telemetry: Telemetry): Promise<object> {
  const integration = await telemetry.runtimeContextIntegration?.()
  return integration === undefined ? {} : { integrations: [integration] }
}

let registered: Telemetry | undefined

/** Integrations are global to the process and cannot be taken back, so it can run one lane of major 7. */
export async function registerTelemetryOnce(telemetry: Telemetry): Promise<void> {
  if (registered === telemetry) return
  if (registered !== undefined) throw new Error('one process can run only one lane of AI SDK 7')
  registered = telemetry
  const { registerTelemetry } = await import('ai')
  registerTelemetry((await telemetry.integration()) as Parameters<typeof registerTelemetry>[0])
}
