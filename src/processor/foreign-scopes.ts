import { isAiSdkScope } from '../conventions/ai-sdk.ts'

/**
 * Instrumentations that write most of an application's spans and no AI spans. A look for their names costs less than a
 * look for AI attributes.
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

/** As `isForeign`, for scopes that follow each other, as those of the spans of a process do. */
export class ForeignScopes {
  /** The latest two: a comparison takes a fifth of the time of a look into the set. */
  #latest = 'next.js'
  #other = 'next.js'

  has(scope: string): boolean {
    if (scope === this.#latest || scope === this.#other) return true
    if (!isForeign(scope)) return false
    this.#other = this.#latest
    this.#latest = scope
    return true
  }
}
