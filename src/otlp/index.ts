export type { Destination } from './destination.ts'
export type { DestinationName } from './destinations.ts'
export { sendTo, type Sending, type TraceExporter } from './send-to.ts'
