import { LONGEST_ID } from '../conventions/model-call.ts'
import { printFailure } from '../warnings/failure.ts'
import {
  assertWarnings,
  isNew,
  isNewOnConsole,
  modelsOnConsole,
  print,
  processOutput,
  sendProcessWarningsTo,
  type Warnings,
} from '../warnings/print.ts'

/** Models without a price that get a line of their own; ids come from outside, without end. */
const MAXIMUM_MODELS = 20

/**
 * Prints each warning once: on the console once for the whole process, elsewhere once for each reporter. Attribution
 * values go into no message.
 */
export class Reporter {
  readonly #output: Warnings | undefined
  readonly #printed = new Set<string>()
  readonly #models = new Set<string>()

  /** Without an output it prints where the process does: for code that no processor calls. */
  constructor(output?: Warnings) {
    this.#output = output
  }

  warn(cause: string, message: () => string): void {
    const output = this.#outputFor(cause)
    if (output !== undefined) print(output, message())
  }

  /** A line for each of the first 20 models, and then a last one. */
  warnOfModel(provider: string, model: string, message: () => string): void {
    const output = this.#output ?? processOutput()
    const models = output === 'console' ? modelsOnConsole() : this.#models
    if (models.size > MAXIMUM_MODELS) return
    const key = `${provider.slice(0, LONGEST_ID)} ${model.slice(0, LONGEST_ID)}`
    if (models.has(key)) return
    models.add(key)
    print(output, models.size <= MAXIMUM_MODELS ? message() : moreModels)
  }

  /** A hook must never throw, for that would surface in the application's `span.end()`. */
  failed(hook: string, error: unknown): void {
    const output = this.#outputFor(`error ${hook}`)
    if (output !== undefined) printFailure(output, `${hook} failed; reported once`, error)
  }

  /** Runs one step of a hook. A failure is reported, and no later step depends on it. */
  attempt(hook: string, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.failed(hook, error)
    }
  }

  /** Where to print a line, if that is new. */
  #outputFor(key: string): Warnings | undefined {
    if (!isNew(this.#printed, key)) return undefined
    const output = this.#output ?? processOutput()
    return output !== 'console' || isNewOnConsole(key) ? output : undefined
  }
}

const moreModels = `more than ${MAXIMUM_MODELS} models have no price; no more of them will be reported`

/**
 * The reporter of a processor or exporter, by its option `warnings`.
 *
 * @throws TypeError if warnings cannot go there.
 */
export function createReporter(warnings: Warnings | undefined): Reporter {
  assertWarnings(warnings)
  if (warnings !== undefined) sendProcessWarningsTo(warnings)
  return new Reporter(warnings ?? 'console')
}

/** Reports the failure of what no processor calls, such as the ledger. */
export function reportError(message: string, error: unknown): void {
  printFailure(processOutput(), message, error)
}
