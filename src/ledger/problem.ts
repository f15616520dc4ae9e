import { Reporter } from '../warnings/reporter.ts'

/** Something in a ledger that a reader should know of. */
export interface LedgerProblem {
  /**
   * - `line`: a line that is no charge is left out.
   * - `file`: a file, or the rest of it, is left out.
   * - `equal_ids`: two calls have the same trace and span id. Both are counted.
   */
  readonly kind: 'line' | 'file' | 'equal_ids'
  readonly file: string
  /** The number of the line, from 1; `undefined` where it is about a whole file. */
  readonly line: number | undefined
  /** In words, without values of attributes. */
  readonly message: string
}

/** Problems that get a line of their own. */
const MOST_PRINTED = 20

/** `ledger.ndjson:3: the line is not UTF-8` */
export function problemText({ file, line, message }: LedgerProblem): string {
  return `${file}${line === undefined ? '' : `:${line}`}: ${message}`
}

/** Prints the first 20 problems, and at the end how many there were. */
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
    if (this.count <= MOST_PRINTED) this.#print(problemText(problem))
  }

  get count(): number {
    return this.#linesLeftOut + this.#filesLeftOut + this.#equalIds
  }

  /** Whether sums of the ledger are without something that it has. */
  get hasLeftOut(): boolean {
    return this.#linesLeftOut + this.#filesLeftOut > 0
  }

  end(): void {
    if (this.count > MOST_PRINTED) this.#print(`and ${whole(this.count - MOST_PRINTED)} more`)
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

/** For who reads a ledger without asking for its problems: they are printed where warnings are. */
export function printerOfWarnings(): ProblemPrinter {
  const reporter = new Reporter()
  return new ProblemPrinter((text) => reporter.warn(`ledger ${text}`, () => text))
}

function whole(count: number): string {
  return count.toLocaleString('en-US')
}
