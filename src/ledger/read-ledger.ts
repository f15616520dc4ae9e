import { createReadStream, existsSync, readdirSync, realpathSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Charge } from '../charge/charge.ts'
import { fromLine } from './line.ts'
import { callKey, SeenCalls } from './seen-calls.ts'

/**
 * All charges of a ledger, also of the files that were put aside, each call once: a charge that was written twice
 * counts once. Of a call whose cost was not known, a later line that knows it counts instead, so such calls come
 * last. Lines that were torn are left out.
 *
 * @throws the error of the file system if there is no such ledger, and a RangeError for lines of a later version.
 */
export async function* readLedger(path: string): AsyncGenerator<Charge, void, undefined> {
  const seen = new SeenCalls()
  const unknown = new Map<string, Charge>()
  for await (const line of linesOf(path)) {
    const charge = fromLine(line)
    if (charge === undefined) continue
    const id = callKey(charge)
    if (seen.has(id)) continue
    // Nothing was served, and nothing will be known.
    const isRefused = charge.status === 'call_failed'
    if (charge.usd === undefined && !isRefused) {
      if (!unknown.has(id)) unknown.set(id, charge)
      continue
    }
    unknown.delete(id)
    seen.add(id)
    yield charge
  }
  yield* unknown.values()
}

/** Of all files, also of those that are put aside while others are read. */
async function* linesOf(link: string): AsyncGenerator<string, void, undefined> {
  // Right after it was put aside there is none.
  const path = existsSync(link) ? realpathSync(link) : link
  const read = new Set<string>()
  for (let files = filesOf(path); files.length > 0; files = filesOf(path)) {
    const unread = files.filter((file) => !read.has(file))
    if (unread.length === 0) return
    for (const file of unread) {
      read.add(file)
      // oxlint-disable-next-line no-await-in-loop -- one file after the other
      yield* linesIn(file, file === path && files.length > 1)
    }
  }
}

async function* linesIn(file: string, mayBeGone: boolean): AsyncGenerator<string, void, undefined> {
  try {
    yield* createInterface({ input: createReadStream(file), crlfDelay: Infinity })
  } catch (error) {
    // It was put aside a moment ago, and is read under its other name.
    if (!mayBeGone || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Oldest first: the names of what was put aside begin with the time. */
function filesOf(path: string): string[] {
  const folder = dirname(path)
  const end = extname(path)
  const start = `${basename(path, end)}.`
  const aside = readdirSync(folder)
    .filter((name) => name.startsWith(start) && name.endsWith(end) && name !== basename(path))
    .filter((name) => /^\d{4}-\d\d-\d\dT/.test(name.slice(start.length)))
    .toSorted()
  return [...aside.map((name) => join(folder, name)), path]
}
