import { diag } from '@opentelemetry/api'

/** More distinct causes than this are not worth a line each. */
const MAXIMUM_CAUSES = 1000

/** Says each thing once, through OpenTelemetry's `diag`. Attribution values go into no message. */
export class Reporter {
  readonly #said = new Set<string>()

  warn(cause: string, message: string): void {
    if (this.#isNew(cause)) diag.warn(`costspan: ${message}`)
  }

  /** A hook must never throw, for that would surface in the application's `span.end()`. */
  failed(hook: string, error: unknown): void {
    if (!this.#isNew(`error ${hook}`)) return
    try {
      diag.error(`costspan: ${hook} failed; reported once`, error)
    } catch {
      // A logger that throws cannot be told so.
    }
  }

  #isNew(cause: string): boolean {
    if (this.#said.size >= MAXIMUM_CAUSES || this.#said.has(cause)) return false
    this.#said.add(cause)
    return true
  }
}
