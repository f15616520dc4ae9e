/**
 * Attributes all AI calls of a request, for Express, Fastify, Hono and Next.js.
 *
 * @module
 */
export { expressAttribution } from './express.ts'
export { fastifyAttribution } from './fastify.ts'
export { honoAttribution } from './hono.ts'
export { nextAttribution } from './next.ts'
export type { GetAttribution } from './request-scope.ts'
