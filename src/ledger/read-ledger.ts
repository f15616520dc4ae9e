import { createReadStream, lstatSync } from 'node:fs'
import type { Charge } from '../charge/charge.ts'
import { invalidOption, rejectUnknown } from '../invalid-option.ts'
import { fromLine } from './line.ts'
import { bytesOf, ledgerFiles, ledgerPath, UnreadableFile } from './ledger-files.ts'
import { readLines, type Line } from './lines.ts'
import { printerOfWarnings, type LedgerProblem } from './problem.ts'
import { callKey, markOf, SeenCalls, UnknownCalls, type Sighting } from './seen-calls.ts'

export interface ReadLedgerOptions {
  /**
   * Is called for each line or file that is left out, and for calls that have the ids of another.
   * @defaultValue prints the first 20 where warnings are printed, and how many there are
   */
  readonly onProblem?: ((problem: LedgerProblem) => void) | undefined
}

/**
 * All charges of a ledger, also of the files that were put aside or compressed since, each call once: a charge that
 * was written twice counts once. Of a call whose cost was not known, a later line that knows it counts instead, so
 * such calls come last. A line that is no charge is left out and is a problem, and so is a file that cannot be read.
 *
 * @throws the error of the file system if there is no such ledger, and a TypeError if an option is malformed.
 */
export function readLedger(
  path: string,
  options: ReadLedgerOptions = {},
): AsyncGenerator<Charge, void, undefined> {
  if (typeof path !== 'string' || path === '')
    throw invalidOption('path', 'the path of a file', path)
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('options', 'an object', options)
  }
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

/** Whether a charge is new, a repetition, or that of another call with the same ids; and remembers it. */
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

/** Its cost is known, or it has none: of what was refused nothing will be known. */
function isSettled({ usd, status }: Charge): boolean {
  return usd !== undefined || status === 'call_failed'
}

interface LinesOfFile {
  readonly file: string
  readonly lines: readonly Line[]
}

/** Of all files, also of those that are put aside while others are read. */
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

/** Of a ledger whose name is the only one, an error is that of the reader; of a part, a problem. */
async function* linesIn(
  file: string,
  isAlone: boolean,
  isPutAside: boolean,
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
    // It was put aside or compressed a moment ago, and is read under its other name.
    if (code === 'ENOENT' && !isAlone && !(isPutAside && isLink(file))) return
    const isOfFile = error instanceof UnreadableFile || (isPutAside && syscall !== undefined)
    if (!isOfFile) throw error
    const place = lastLine === 0 ? '' : `; read up to line ${lastLine}`
    const reason = error instanceof UnreadableFile ? error.message : `it cannot be read (${code})`
    onProblem({ kind: 'file', file, line: undefined, message: `${reason}${place}` })
  }
}

/** A link that is still there when its file is not leads nowhere. */
function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}
