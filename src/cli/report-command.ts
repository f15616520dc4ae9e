import { parseArgs } from 'node:util'
import type { Charge } from '../charge/charge.ts'
import { ProblemPrinter } from '../ledger/problem.ts'
import { readLedger } from '../ledger/read-ledger.ts'
import { asked, messageOf } from './parse-options.ts'
import { instantText, toInstant } from './date-option.ts'
import { printable } from './printable.ts'
import { spendCsv } from './spend-csv.ts'
import { spendTable } from './spend-table.ts'
import { dimensions, spendBy, type Dimension } from './aggregate.ts'

const help = `costspan report <ledger.ndjson> [options]

Who spent what, from a ledger of costspan/ledger and what was put aside of it. Among the calls are
those that cost something that nobody knows, and those that a provider refused, which cost nothing.

  --by <what>      user, tenant, plan, model or day (UTC); user unless given
  --since <when>   only calls from then on: a day, which begins at midnight UTC, such as 2026-11-01, or a
                   time with its zone, such as 2026-11-01T14:30Z
  --top <count>    how many lines; 30 unless given
  --csv            all of it, as CSV

Exit code: 0; 1 if there is no such ledger, or it cannot be read; 2 if it was asked wrongly; 3 if lines or
files of the ledger are left out of what is written, which the standard error lists.
`

interface Options {
  readonly path: string
  readonly by: Dimension
  /** Milliseconds since the epoch. */
  readonly since: number
  /** As it was asked for. */
  readonly sinceTold: string | undefined
  readonly top: number
  readonly csv: boolean
}

/**
 * `costspan report`: writes to `write`, and returns the exit code: 0, 1 if the ledger cannot be read, 2 if it was asked
 * wrongly, 3 if a part of the ledger is left out.
 */
export async function reportCommand(
  args: readonly string[],
  write: (text: string) => void,
): Promise<number> {
  const options = asked(() => readOptions(args), help, write)
  if (typeof options === 'number') return options
  try {
    return (await report(options, write)) ? 0 : 3
  } catch (error) {
    process.stderr.write(`${printable(explained(error, options.path))}\n`)
    return 1
  }
}

/** Resolves to whether the whole ledger could be read. */
async function report(
  { path, by, since, sinceTold, top, csv }: Options,
  write: (text: string) => void,
): Promise<boolean> {
  const problems = new ProblemPrinter((text) => process.stderr.write(`${printable(text)}\n`))
  let callsBefore = 0
  async function* chargesSince(): AsyncGenerator<Charge> {
    for await (const charge of readLedger(path, { onProblem: problems.add })) {
      if (charge.at >= since) yield charge
      else callsBefore++
    }
  }
  const spends = await spendBy(chargesSince(), by)
  problems.end()
  if (csv) write(spendCsv(by, spends))
  else if (spends.length > 0) {
    write(spendTable(by, spends, top))
    if (sinceTold !== undefined) write(`Calls since ${instantText(since)}.\n`)
  }
  if (spends.length > 0) return !problems.hasLeftOut
  const found =
    sinceTold === undefined ? `no calls in ${printable(path)}` : noneSince(sinceTold, callsBefore)
  // What reads the CSV takes no sentences.
  if (csv) process.stderr.write(`${found}\n`)
  else write(`${found}\n`)
  return !problems.hasLeftOut
}

function noneSince(date: string, callsBefore: number): string {
  const before = callsBefore === 0 ? 'none' : callsBefore.toLocaleString('en-US')
  return `no calls since ${date}, and ${before} before it`
}

/** The file system's reason in words; it names no file where it finds a folder instead. */
function explained(error: unknown, path: string): string {
  const { code, path: file = path } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no ledger ${path}`
  if (code === 'EISDIR') return `${file} is a folder; name the ledger in it`
  if (code === 'EACCES' || code === 'EPERM') return `${file} is not yours to read`
  return messageOf(error)
}

function readOptions(args: readonly string[]): Options | 'help' {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    allowPositionals: true,
    tokens: true,
    options: {
      by: { type: 'string', default: 'user' },
      since: { type: 'string' },
      top: { type: 'string', default: '30' },
      csv: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true) return 'help'
  const named = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []))
  const twice = named.find((name, index) => named.indexOf(name) < index)
  if (twice !== undefined) throw new Error(`--${twice} is there more than once`)
  const [path] = positionals
  if (path === undefined || positionals.length > 1) throw new Error('name one ledger')
  const { by, since } = values
  if (!isDimension(by)) {
    throw new Error(`--by ${by} is none of ${Object.keys(dimensions).join(', ')}`)
  }
  const from = since === undefined ? Number.NEGATIVE_INFINITY : toInstant('since', since)
  const top = Number(values.top)
  if (!Number.isSafeInteger(top) || top < 1) throw new Error(`--top ${values.top} is no count`)
  return { path, by, since: from, sinceTold: since, top, csv: values.csv }
}

function isDimension(name: string): name is Dimension {
  return Object.hasOwn(dimensions, name)
}
