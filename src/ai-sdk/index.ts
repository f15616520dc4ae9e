/**
 * The Vercel AI SDK: the telemetry options that a cost depends on, and the attribution of a single call.
 *
 * @module
 */
export {
  attributedTo,
  type AttributedCallSettings,
  type CallTelemetryOptions,
} from './attributed-to.ts'
export { costTelemetry, type CostTelemetry } from './cost-telemetry.ts'
