import { afterEach, beforeEach } from 'vitest'

/** What the developer's own shell has set must not show; nor what one test sets in the next. */
export function useCleanEnvironment(): void {
  const before = { ...process.env }
  const ours = /^(LANGFUSE|PHOENIX|ARIZE|BRAINTRUST|DD|HONEYCOMB|AXIOM|NEW_RELIC|OTEL)_/
  beforeEach(() => {
    for (const name of Object.keys(process.env)) if (ours.test(name)) delete process.env[name]
  })
  afterEach(() => {
    process.env = { ...before }
  })
}
