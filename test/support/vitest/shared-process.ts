import { deepStrictEqual } from 'node:assert'
import { afterAll, vi } from 'vitest'

/**
 * Runs before each suite of `suitesThatShare` (vitest.config.ts): the modules of src and test are evaluated anew, and
 * what the suite leaves behind in the process, where the next one would find it, fails it.
 */
vi.resetModules()
forgetCostspan()
const before = stateOfProcess()

afterAll(() => {
  forgetCostspan()
  deepStrictEqual(stateOfProcess(), before)
})

/** What costspan remembers for a process, under names of its own. */
function forgetCostspan(): void {
  const globals = globalThis as { [name: symbol]: unknown }
  for (const name of Object.getOwnPropertySymbols(globals)) {
    if (name.description?.startsWith('costspan.') === true) delete globals[name]
  }
}

function stateOfProcess() {
  const registered = (globalThis as { [name: symbol]: object | undefined })[
    Symbol.for('opentelemetry.js.api.1')
  ]
  return {
    environment: { ...process.env },
    listeners: process
      .eventNames()
      .map((name) => `${String(name)}: ${process.listenerCount(name)}`)
      .toSorted(),
    globals: Reflect.ownKeys(globalThis).map(String),
    console: { ...console },
    // Of OpenTelemetry: tracer provider, context manager, meter provider, propagator, logger.
    registered: Object.keys(registered ?? {}),
    folder: process.cwd(),
  }
}
