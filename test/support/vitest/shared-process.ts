import { deepStrictEqual } from 'node:assert'
import { context, diag, metrics, propagation, trace } from '@opentelemetry/api'
import { afterAll, vi } from 'vitest'

/** What is registered with OpenTelemetry: compared by its parts, since its API makes this global on the first use. */
const openTelemetry = Symbol.for('opentelemetry.js.api.1')

/**
 * Runs before each suite of `suitesThatShare` (vitest.config.ts): the modules of src and test are evaluated anew, what
 * the suite registers with OpenTelemetry is unregistered after it, and all else that it leaves behind in the process,
 * where the next one would find it, fails it.
 */
vi.resetModules()
forgetCostspan()
unregister()
// The first use of `fetch` loads its implementation, which has a global of its own.
void globalThis.Headers
const before = stateOfProcess()

afterAll(() => {
  unregister()
  forgetCostspan()
  deepStrictEqual(stateOfProcess(), before)
})

function unregister(): void {
  for (const registry of [context, diag, metrics, propagation, trace]) registry.disable()
}

/** What costspan remembers for a process, under names of its own. */
function forgetCostspan(): void {
  const globals = globalThis as { [name: symbol]: unknown }
  for (const name of Object.getOwnPropertySymbols(globals)) {
    if (name.description?.startsWith('costspan.') === true) delete globals[name]
  }
}

function stateOfProcess() {
  const registered = (globalThis as { [name: symbol]: object | undefined })[openTelemetry]
  return {
    environment: { ...process.env },
    listeners: process
      .eventNames()
      .map((name) => `${String(name)}: ${process.listenerCount(name)}`)
      .toSorted(),
    globals: Reflect.ownKeys(globalThis)
      .filter((name) => name !== openTelemetry)
      .map(String),
    console: { ...console },
    // Of OpenTelemetry: tracer provider, context manager, meter provider, propagator, logger.
    registered: Object.keys(registered ?? {}).filter((name) => name !== 'version'),
    folder: process.cwd(),
  }
}
