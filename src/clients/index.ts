/**
 * Reads the usage of AI calls from the wire.
 *
 * @module
 */
export { costFetch, type CostFetchOptions, type Fetch } from './cost-fetch.ts'
export type { FetchInit, FetchInput } from './sent-request.ts'
export { withCosts } from './with-costs.ts'
export type { CountTokens } from './stopped-usage.ts'
