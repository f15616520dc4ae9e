/**
 * Exporters for backends by name, set up from environment variables.
 *
 * @module
 */
export type { Destination } from './destination.ts'
export type { DestinationName } from './destinations.ts'
export type { TraceExporter } from './log-export-failures.ts'
export { sendTo, type Sending } from './send-to.ts'
