/**
 * Records calls that no instrumentation sees.
 *
 * @module
 */
export { recordCall, type RecordCallOptions } from './record-call.ts'
export type { RecordedUsage } from './recorded-usage.ts'
export { usageFrom } from './usage-from.ts'
