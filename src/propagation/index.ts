/**
 * Attribution across processes: signed tokens for queues, jobs and W3C Baggage.
 *
 * @module
 */
export { attributionFromBaggage, withAttributionBaggage } from './attribution-baggage.ts'
export { RefusedAttribution, type RefusalReason } from './refused-attribution.ts'
export { restoreAttribution } from './restore-attribution.ts'
export { serializeAttribution, type SerializeOptions } from './serialize-attribution.ts'
export type { RestoreOptions, RestoreTokenOptions } from './token.ts'
