import { invalidOption } from '../invalid-option.ts'
import { printFailure } from './failure.ts'
import { nothingPrinted, print, processWarnings, type Printed, type Warnings } from './print.ts'

/** Distinct lines for each place that warnings go to, so that no input can flood a log. */
const MAXIMUM_LINES = 1000

/** Models without a price that get a line of their own. Model ids are input, so their number has no bound. */
const MAXIMUM_MODELS = 20

/** Characters of a provider or a model by which a model is known. */
const LONGEST_ID = 256

/**
 * Prints each warning once: on the console once for the whole process, elsewhere once for each reporter. Attribution
 * values go into no message. No method throws.
 */
export class Reporter {
  readonly #output: Warnings | undefined
  readonly #printed = nothingPrinted()

  /** Without an output it prints where the process does: for code that no processor calls. */
  constructor(output?: Warnings) {
    this.#output = output
  }

  /** Prints a warning, unless one with the same key has been printed. */
  warn(key: string, message: () => string): void {
    const output = this.#outputNow()
    if (isNew(this.#printedAt(output), key)) this.#print(output, message)
  }

  /** Prints a line for each of the first 20 models, and then a last one. */
  warnOfModel(provider: string, model: string, message: () => string): void {
    const output = this.#outputNow()
    const printed = this.#printedAt(output)
    const key = `price ${provider.slice(0, LONGEST_ID)} ${model.slice(0, LONGEST_ID)}`
    if (printed.models > MAXIMUM_MODELS || !isNew(printed, key)) return
    this.#print(output, ++printed.models > MAXIMUM_MODELS ? moreModels : message)
  }

  /** Reports a failure, once for each hook. An error that left a hook would surface in the application's `span.end()`. */
  failed(hook: string, error: unknown): void {
    const output = this.#outputNow()
    if (!isNew(this.#printedAt(output), `error ${hook}`)) return
    printFailure(output, `${hook} failed; reported once`, error)
  }

  /** Runs one step of a hook. A failure is reported, and later steps run all the same. */
  attempt(hook: string, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.failed(hook, error)
    }
  }

  #print(output: Warnings, message: () => string): void {
    this.attempt('a warning', () => print(output, message()))
  }

  #outputNow(): Warnings {
    return this.#output ?? processWarnings().output
  }

  #printedAt(output: Warnings): Printed {
    if (output === 'console') return processWarnings().console
    return this.#output === undefined ? processWarnings().sent : this.#printed
  }
}

const moreModels = (): string =>
  `more than ${MAXIMUM_MODELS} models have no price; no more of them will be reported`

/** Whether a line has not been printed yet; from now on it has. Beyond the maximum no line is new. */
function isNew({ keys }: Printed, key: string): boolean {
  if (keys.size >= MAXIMUM_LINES || keys.has(key)) return false
  keys.add(key)
  return true
}

/**
 * The reporter of a processor or exporter, by its option `warnings`.
 *
 * @throws TypeError if warnings cannot go there.
 */
export function createReporter(warnings: Warnings | undefined): Reporter {
  if (
    warnings !== undefined &&
    warnings !== 'console' &&
    warnings !== 'diag' &&
    typeof warnings !== 'function'
  ) {
    throw invalidOption('warnings', "'console', 'diag' or a function", warnings)
  }
  const all = processWarnings()
  if (warnings !== undefined && warnings !== all.output) {
    all.output = warnings
    all.sent = nothingPrinted()
  }
  return new Reporter(warnings ?? 'console')
}

const processReporter = new Reporter()

/** Warns once in a process, for code that no processor calls. */
export function warnOnce(key: string, message: () => string): void {
  processReporter.warn(key, message)
}

/** Reports a failure of code that no processor calls, such as the ledger, each time it happens. */
export function reportError(message: string, error: unknown): void {
  printFailure(processWarnings().output, message, error)
}
