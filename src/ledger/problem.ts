import { Reporter } from '../warnings/reporter.ts'

/** A problem in a ledger that affects its sums. */
export interface LedgerProblem {
  /**
   * - `line`: a line that is not a charge is skipped.
   * - `file`: a file, or the rest of it, is skipped.
   * - `equal_ids`: two calls have the same trace and span id. Both are counted.
   */
  readonly kind: 'line' | 'file' | 'equal_ids'
  /** The path of the file. */
  readonly file: string
  /** The number of the line, from 1; `undefined` for a whole file. */
  readonly line: number | undefined
  /** The description, without values of attributes. */
  readonly message: string
}

/** The number of problems that are printed one by one. */
const MAXIMUM_PRINTED = 20

/** `ledger.ndjson:3: the line is not UTF-8` */
export function problemText({ file, line, message }: LedgerProblem): string {
  return `${file}${line === undefined ? '' : `:${line}`}: ${message}`
}

/** Prints the first 20 problems, and finally their number. */
export class ProblemPrinter {
  readonly #print: (text: string) => void
  #linesLeftOut = 0
  #filesLeftOut = 0
  #equalIds = 0

  constructor(print: (text: string) => void) {
    this.#print = print
  }

  readonly add = (problem: LedgerProblem): void => {
    if (problem.kind === 'line') this.#linesLeftOut++
    else if (problem.kind === 'file') this.#filesLeftOut++
    else this.#equalIds++
    if (this.count <= MAXIMUM_PRINTED) this.#print(problemText(problem))
  }

  get count(): number {
    return this.#linesLeftOut + this.#filesLeftOut + this.#equalIds
  }

  /** Whether sums lack a part of the ledger. */
  get hasLeftOut(): boolean {
    return this.#linesLeftOut + this.#filesLeftOut > 0
  }

  end(): void {
    if (this.count > MAXIMUM_PRINTED) this.#print(`and ${whole(this.count - MAXIMUM_PRINTED)} more`)
    const leftOut = [
      ...(this.#linesLeftOut > 0 ? [`lines: ${whole(this.#linesLeftOut)}`] : []),
      ...(this.#filesLeftOut > 0 ? [`files: ${whole(this.#filesLeftOut)}`] : []),
    ]
    if (leftOut.length > 0)
      this.#print(`left out of the ledger, and in no sum: ${leftOut.join(', ')}`)
    if (this.#equalIds > 0) {
      this.#print(`calls with the ids of another call, counted too: ${whole(this.#equalIds)}`)
    }
  }
}

/** For `readLedger` without `onProblem`: prints problems where warnings are printed. */
export function printerOfWarnings(): ProblemPrinter {
  const reporter = new Reporter()
  return new ProblemPrinter((text) => reporter.warn(`ledger ${text}`, () => text))
}

function whole(count: number): string {
  return count.toLocaleString('en-US')
}
