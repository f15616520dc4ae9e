export type { Destination } from './destination.ts'
export type { DestinationName } from './destinations.ts'
export type { TraceExporter } from './explained.ts'
export { sendTo, type Sending } from './send-to.ts'
