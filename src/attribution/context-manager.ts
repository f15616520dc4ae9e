import { context, createContextKey, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api'

export type ContextProblem = 'api-copies' | 'no-context-manager'

/** What each problem loses, and what to do. Explained in docs/reference/warnings.md. */
export const contextTexts = {
  'api-copies': () =>
    'two versions of @opentelemetry/api are loaded, and one does not see what the other registered, so calls are not ' +
    'charged or have no user. Install one version: npm ls @opentelemetry/api shows them.',
  'no-context-manager': () =>
    'withAttribution has no effect without an OpenTelemetry context manager. Use @vercel/otel or NodeSDK, or call ' +
    'context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()).',
}

/**
 * What each copy of the API registers, on a key that all versions 1.x share. A copy uses what a copy of its own or a
 * later minor version registered, and nothing else.
 */
interface Registered {
  readonly trace?: unknown
  readonly context?: ContextCarrier
}

interface ContextCarrier {
  active(): Context
  with<Result>(active: Context, run: () => Result): Result
}

/** Why `withAttribution` has no effect; `undefined` if it has. It makes a context active, and looks whether it is. */
export function contextProblem(): ContextProblem | undefined {
  const registered = registeredGlobals()
  const isHidden = registered.trace !== undefined && registered.trace !== trace.getTracerProvider()
  if (isHidden) return 'api-copies'
  if (carriesContext(context)) return undefined
  const isManagerHidden = registered.context !== undefined && carriesContext(registered.context)
  return isManagerHidden ? 'api-copies' : 'no-context-manager'
}

export function registeredGlobals(): Registered {
  const globals = globalThis as { [key: symbol]: Registered | undefined }
  return globals[Symbol.for('opentelemetry.js.api.1')] ?? {}
}

const probe = createContextKey('costspan.probe')

/** Some managers make a copy of a context active, so its value is compared and not the context. */
function carriesContext(carrier: ContextCarrier): boolean {
  return carrier.with(
    ROOT_CONTEXT.setValue(probe, true),
    () => carrier.active().getValue(probe) === true,
  )
}
