import { createReadStream, lstatSync } from 'node:fs'
import type { Charge } from '../charge/charge.ts'
import { invalidOption, rejectUnknown } from '../invalid-option.ts'
import { fromLine } from './line.ts'
import { bytesOf, ledgerFiles, ledgerPath, UnreadableFile } from './ledger-files.ts'
import { readLines, type Line } from './lines.ts'
import { printerOfWarnings, type LedgerProblem } from './problem.ts'
import { callKey, markOf, SeenCalls, UnknownCalls, type Sighting } from './seen-calls.ts'

/** The options of `readLedger`. */
export interface ReadLedgerOptions {
  /**
   * Called for each line or file that is skipped, and for calls with the ids of another call. Without it the first 20
   * problems are printed where warnings are printed, and finally their number.
   */
  readonly onProblem?: ((problem: LedgerProblem) => void) | undefined
}

/**
 * Reads all charges of a ledger, including rotated and compressed files, each call once, even if it was written twice.
 * If the cost of a call was unknown and a later line states it, the later line counts, so calls of unknown cost come
 * last. A line that is not a charge, or a file that cannot be read, is skipped and reported as a problem.
 *
 * @param path the path of the ledger, as `openLedger` takes it.
 * @throws TypeError if an option is malformed.
 * @throws Error of the file system if the ledger does not exist, when the first charge is read.
 *
 * @example
 * ```ts
 * import { readLedger } from 'costspan/ledger'
 *
 * let usd = 0
 * for await (const charge of readLedger('ledger.ndjson')) usd += charge.usd ?? 0
 * ```
 */
export function readLedger(
  path: string,
  options: ReadLedgerOptions = {},
): AsyncGenerator<Charge, void, undefined> {
  if (typeof path !== 'string' || path === '')
    throw invalidOption('path', 'the path of a file', path)
  rejectUnknown(options, 'options', ['onProblem'])
  const { onProblem } = options
  if (onProblem !== undefined && typeof onProblem !== 'function') {
    throw invalidOption('onProblem', 'a function', onProblem)
  }
  return onProblem === undefined ? readAndPrint(path) : readCalls(path, onProblem)
}

async function* readAndPrint(path: string): AsyncGenerator<Charge, void, undefined> {
  const printer = printerOfWarnings()
  try {
    yield* readCalls(path, printer.add)
  } finally {
    printer.end()
  }
}

async function* readCalls(
  path: string,
  onProblem: (problem: LedgerProblem) => void,
): AsyncGenerator<Charge, void, undefined> {
  const seen = new SeenCalls()
  const unknown = new UnknownCalls()
  for await (const { file, lines } of linesOf(path, onProblem)) {
    for (const line of lines) {
      const charge = line.text === undefined ? line.problem : fromLine(line.text)
      if (typeof charge === 'string') {
        onProblem({ kind: 'line', file, line: line.number, message: charge })
        continue
      }
      const sighting = sight(charge, seen, unknown)
      if (sighting === 'another') {
        const message = 'another call has the same trace and span id; both are counted'
        onProblem({ kind: 'equal_ids', file, line: line.number, message })
      }
      if (sighting !== 'again' && isSettled(charge)) yield charge
    }
  }
  yield* unknown.values()
}

/** Whether a charge is new, a repetition, or of another call with the same ids. Remembers it. */
function sight(charge: Charge, seen: SeenCalls, unknown: UnknownCalls): Sighting {
  const key = callKey(charge)
  const mark = markOf(charge)
  const amongSettled = seen.look(key, mark)
  if (amongSettled === 'again') return 'again'
  const amongUnknown = isSettled(charge)
    ? unknown.complete(key, mark)
    : unknown.add(key, mark, charge)
  if (isSettled(charge)) {
    seen.add(key, mark)
    return amongSettled === 'another' || amongUnknown === 'another' ? 'another' : 'new'
  }
  return amongUnknown === 'new' ? amongSettled : amongUnknown
}

/** The cost is known, or the provider refused the call, which never gets a cost. */
function isSettled({ usd, status }: Charge): boolean {
  return usd !== undefined || status === 'call_failed'
}

interface LinesOfFile {
  readonly file: string
  readonly lines: readonly Line[]
}

/** The lines of all files, including files that are rotated during the read. */
async function* linesOf(
  link: string,
  onProblem: (problem: LedgerProblem) => void,
): AsyncGenerator<LinesOfFile, void, undefined> {
  const path = ledgerPath(link)
  if (path === undefined) {
    for await (const lines of readLines(createReadStream(link))) yield { file: link, lines }
    return
  }
  const read = new Set<string>()
  for (;;) {
    const { files, unreadable } = ledgerFiles(path)
    for (const file of unreadable.filter((name) => !read.has(name))) {
      read.add(file)
      const message = 'it belongs to the ledger by its name, and cannot be read'
      onProblem({ kind: 'file', file, line: undefined, message })
    }
    const unread = files.filter((file) => !read.has(file))
    if (unread.length === 0) return
    for (const file of unread) {
      read.add(file)
      // oxlint-disable-next-line no-await-in-loop -- one file after the other
      yield* linesIn(file, file === path && files.length === 1, file !== path, onProblem)
    }
  }
}

/** An error of a ledger's only file is thrown to the caller; an error of a part is reported as a problem. */
async function* linesIn(
  file: string,
  isAlone: boolean,
  isRotated: boolean,
  onProblem: (problem: LedgerProblem) => void,
): AsyncGenerator<LinesOfFile, void, undefined> {
  let lastLine = 0
  try {
    for await (const lines of readLines(bytesOf(file))) {
      lastLine = lines.at(-1)?.number ?? lastLine
      yield { file, lines }
    }
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    // It was rotated or compressed a moment ago, and is read by its new name.
    if (code === 'ENOENT' && !isAlone && !(isRotated && isLink(file))) return
    const isOfFile = error instanceof UnreadableFile || (isRotated && syscall !== undefined)
    if (!isOfFile) throw error
    const place = lastLine === 0 ? '' : `; read up to line ${lastLine}`
    const reason = error instanceof UnreadableFile ? error.message : `it cannot be read (${code})`
    onProblem({ kind: 'file', file, line: undefined, message: `${reason}${place}` })
  }
}

/** A dangling link: it still exists while its target does not. */
function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}
