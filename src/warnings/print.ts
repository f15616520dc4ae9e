import { diag } from '@opentelemetry/api'
import { expected } from '../invalid-option.ts'
import { catchRejection } from '../thenable.ts'

/** Where warnings go. */
export type Warnings = 'console' | 'diag' | ((message: string) => void)

/** @throws TypeError if an option is not a place where warnings can go. */
export function assertWarnings(value: unknown): void {
  if (value === undefined || value === 'console' || value === 'diag') return
  if (typeof value === 'function') return
  throw expected('warnings', "'console', 'diag' or a function", value)
}

/** Distinct lines of a process, so that no input can flood a log. */
const MAXIMUM_LINES = 1000

interface PrintState {
  /** What the console has shown. */
  readonly printed: Set<string>
  /** The models of price warnings among them. */
  readonly models: Set<string>
  /** What went to `output`, as far as that is not the console. */
  readonly sent: Set<string>
  output: Warnings
}

const stateKey = Symbol.for('costspan.warnings')

function freshState(): PrintState {
  return { printed: new Set(), models: new Set(), sent: new Set(), output: 'console' }
}

/** Of this copy alone, where the global object is frozen. */
const ownState = freshState()

/**
 * One state for a process: a bundler gives a route and the set-up a copy of this package each, and a set-up that is
 * imported twice makes two processors. Copies of other versions use the same key, so the shape is checked.
 */
function printState(): PrintState {
  const shared = globalThis as { [stateKey]?: Partial<PrintState> }
  const found = shared[stateKey]
  if (isPrintState(found)) return found
  const fresh = freshState()
  try {
    shared[stateKey] = fresh
    return fresh
  } catch {
    return ownState
  }
}

function isPrintState(found: Partial<PrintState> | undefined): found is PrintState {
  return (
    found?.printed instanceof Set &&
    found.models instanceof Set &&
    found.sent instanceof Set &&
    found.output !== undefined
  )
}

/** Whether a set gains a key; a full set gains none. */
export function isNew(keys: Set<string>, key: string): boolean {
  if (keys.size >= MAXIMUM_LINES || keys.has(key)) return false
  keys.add(key)
  return true
}

/** Whether the console of this process has not shown a line yet; from now on it has. */
export function isNewOnConsole(key: string): boolean {
  return isNew(printState().printed, key)
}

/** The models that price warnings on the console of this process have named. */
export function modelsOnConsole(): Set<string> {
  return printState().models
}

/** Code outside a processor, such as `withAttribution`, warns where the latest processor with the option does. */
export function sendProcessWarningsTo(output: Warnings): void {
  const state = printState()
  if (state.output === output) return
  state.output = output
  state.sent.clear()
}

export function processOutput(): Warnings {
  return printState().output
}

/** Warns once in a process, for code that no processor calls. */
export function warnOnce(key: string, message: () => string): void {
  const { output, printed, sent } = printState()
  if (isNew(output === 'console' ? printed : sent, key)) print(output, message())
}

/** Prints one line. A console, logger or function that throws or rejects does not reach the caller. */
export function print(output: Warnings, message: string): void {
  const line = `costspan: ${message}`
  try {
    if (output === 'diag') catchRejection(diag.warn(line))
    else if (output !== 'console') catchRejection(output(line))
    // oxlint-disable-next-line no-console -- the default: a log that is silent unless it is set up shows no money lost
    else console.warn(line)
  } catch {
    // Nothing is left to report it to.
  }
}
