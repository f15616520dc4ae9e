import { parseArgs } from 'node:util'
import type { Charge } from '../charge/charge.ts'
import { ProblemPrinter } from '../ledger/problem.ts'
import { readLedger } from '../ledger/read-ledger.ts'
import { messageOf, parseOptions } from './parse-options.ts'
import { instantText, toInstant } from './date-option.ts'
import { printable } from './printable.ts'
import { reportCsv } from './report-csv.ts'
import { reportTable } from './report-table.ts'
import { aggregate, dimensions, type Dimension } from './aggregate.ts'

const help = `costspan report <ledger.ndjson> [options]

Costs by user, tenant, plan, model or day, from a ledger of costspan/ledger and its rotated files. The calls
include those of unknown cost, and those that a provider refused, which cost nothing.

  --by <what>      user, tenant, plan, model or day (UTC); default: user
  --since <when>   only calls since then: a day, which begins at midnight UTC, such as 2026-11-01, or a
                   time with its zone, such as 2026-11-01T14:30Z
  --top <count>    the number of lines; default: 30
  --csv            the whole report as CSV

Exit code: 0; 1 if the ledger does not exist or cannot be read; 2 for a usage error; 3 if lines or files of the
ledger are skipped, which standard error lists.
`

interface Options {
  readonly path: string
  readonly by: Dimension
  /** Milliseconds since the epoch. */
  readonly since: number
  /** As it is on the command line. */
  readonly sinceText: string | undefined
  readonly top: number
  readonly csv: boolean
}

/**
 * `costspan report`: writes to `write`, and returns the exit code: 0, 1 if the ledger cannot be read, 2 for a usage
 * error, 3 if a part of the ledger is skipped.
 */
export async function reportCommand(
  args: readonly string[],
  write: (text: string) => void,
): Promise<number> {
  const options = parseOptions(() => readOptions(args), help, write)
  if (typeof options === 'number') return options
  try {
    return (await report(options, write)) ? 0 : 3
  } catch (error) {
    process.stderr.write(`${printable(explain(error, options.path))}\n`)
    return 1
  }
}

/** Resolves to whether the whole ledger could be read. */
async function report(
  { path, by, since, sinceText, top, csv }: Options,
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
  const groups = await aggregate(chargesSince(), by)
  problems.end()
  if (csv) write(reportCsv(by, groups))
  else if (groups.length > 0) {
    write(reportTable(by, groups, top))
    if (sinceText !== undefined) write(`Calls since ${instantText(since)}.\n`)
  }
  if (groups.length > 0) return !problems.hasLeftOut
  const found =
    sinceText === undefined ? `no calls in ${printable(path)}` : noneSince(sinceText, callsBefore)
  // A program that reads the CSV expects no sentences.
  if (csv) process.stderr.write(`${found}\n`)
  else write(`${found}\n`)
  return !problems.hasLeftOut
}

function noneSince(date: string, callsBefore: number): string {
  const before = callsBefore === 0 ? 'none' : callsBefore.toLocaleString('en-US')
  return `no calls since ${date}, and ${before} before it`
}

/** The error of the file system in words. Node names no file in the error for a folder. */
function explain(error: unknown, path: string): string {
  const { code, path: file = path } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return `the ledger ${path} does not exist`
  if (code === 'EISDIR') return `${file} is a folder; expected a ledger file`
  if (code === 'EACCES' || code === 'EPERM') return `no permission to read ${file}`
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
  const given = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []))
  const repeated = given.find((name, index) => given.indexOf(name) < index)
  if (repeated !== undefined) throw new Error(`--${repeated} is given more than once`)
  const [path] = positionals
  if (path === undefined || positionals.length > 1) throw new Error('expected one ledger')
  const { by, since } = values
  if (!isDimension(by)) {
    throw new Error(`--by ${by} is not one of ${Object.keys(dimensions).join(', ')}`)
  }
  const from = since === undefined ? Number.NEGATIVE_INFINITY : toInstant('since', since)
  const top = Number(values.top)
  if (!Number.isSafeInteger(top) || top < 1)
    throw new Error(`--top ${values.top} is not a whole number above 0`)
  return { path, by, since: from, sinceText: since, top, csv: values.csv }
}

function isDimension(name: string): name is Dimension {
  return Object.hasOwn(dimensions, name)
}
