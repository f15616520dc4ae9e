import { createRequire } from 'node:module'

/**
 * Traceloop's instrumentation wraps a class that Anthropic's client no longer has since its version 1,
 * and does not load without it.
 */
export function restoreCompletions(): void {
  const require = createRequire(import.meta.url)
  const { Anthropic } = require('@anthropic-ai/sdk') as { Anthropic: object }
  Object.assign(Anthropic, {
    Completions: class Completions {
      create(): void {}
    },
  })
}
