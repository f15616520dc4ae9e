/**
 * Presets for the option `backends`: attributes that a backend reads besides `cost.*`.
 *
 * @module
 */
export type { Backend, ChargedSpan } from './backend.ts'
export { braintrust } from './braintrust.ts'
export { datadog } from './datadog.ts'
export { langfuse } from './langfuse.ts'
export { arize, phoenix } from './open-inference.ts'
