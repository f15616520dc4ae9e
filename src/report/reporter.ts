import { diag } from '@opentelemetry/api'
import { LONGEST_ID } from '../call/model-call.ts'

/** More distinct causes than this are not worth a line each. */
const MAXIMUM_CAUSES = 1000

/** Models without a price that get a line of their own; ids come from outside, without end. */
const MAXIMUM_MODELS = 20

/** Says each thing once, through OpenTelemetry's `diag`. Attribution values go into no message. */
export class Reporter {
  readonly #said = new Set<string>()
  readonly #models = new Set<string>()

  warn(cause: string, message: () => string): void {
    if (this.#isNew(cause)) warnSafely(message())
  }

  /** A line for each of the first 20 models, and then a last one. */
  warnOfModel(provider: string, model: string, message: () => string): void {
    if (this.#models.size > MAXIMUM_MODELS) return
    const key = `${provider.slice(0, LONGEST_ID)} ${model.slice(0, LONGEST_ID)}`
    if (this.#models.has(key)) return
    this.#models.add(key)
    warnSafely(
      this.#models.size <= MAXIMUM_MODELS
        ? message()
        : `more than ${MAXIMUM_MODELS} models have no price; no more of them will be reported`,
    )
  }

  /** A hook must never throw, for that would surface in the application's `span.end()`. */
  failed(hook: string, error: unknown): void {
    if (!this.#isNew(`error ${hook}`)) return
    tellError(`${hook} failed; reported once`, error)
  }

  #isNew(cause: string): boolean {
    if (this.#said.size >= MAXIMUM_CAUSES || this.#said.has(cause)) return false
    this.#said.add(cause)
    return true
  }
}

/** A logger that throws must keep nobody from the charge that comes after the warning. */
function warnSafely(message: string): void {
  try {
    diag.warn(`costspan: ${message}`)
  } catch {
    // It cannot be told so.
  }
}

/** As `warnSafely`, of an error. */
export function tellError(message: string, error: unknown): void {
  try {
    diag.error(`costspan: ${message}`, error)
  } catch {
    // It cannot be told so.
  }
}
