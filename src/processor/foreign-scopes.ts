import { isAiSdkScope } from '../conventions/ai-sdk.ts'

/**
 * Instrumentations that write most of an application's spans and no AI span: to know them by name
 * costs less than to look for AI attributes.
 */
const foreignScopes = new Set([
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/instrumentation-undici',
  '@opentelemetry/instrumentation-express',
  '@opentelemetry/instrumentation-fastify',
  '@opentelemetry/instrumentation-net',
  '@opentelemetry/instrumentation-dns',
  '@opentelemetry/instrumentation-fs',
  '@opentelemetry/instrumentation-pg',
  '@opentelemetry/instrumentation-mysql2',
  '@opentelemetry/instrumentation-mongodb',
  '@opentelemetry/instrumentation-ioredis',
  '@opentelemetry/instrumentation-redis',
  '@vercel/otel/fetch',
  'next.js',
])

/** Whether spans of a scope are known to be no AI spans. */
export function isForeign(scope: string): boolean {
  return !isAiSdkScope(scope) && foreignScopes.has(scope)
}
