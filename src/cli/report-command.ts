import { parseArgs } from 'node:util'
import type { Charge } from '../charge/charge.ts'
import { readLedger } from '../ledger/read-ledger.ts'
import { dimensions, spendBy, type Dimension } from './spend.ts'
import { spendCsv, spendTable } from './spend-table.ts'

const help = `costspan report <ledger.ndjson> [options]

Who spent what, from a ledger of costspan/ledger and what was put aside of it.

  --by <what>      user, tenant, plan, model or day (UTC); user unless given
  --since <when>   only calls from then on, such as 2026-11-01
  --top <count>    how many lines; 30 unless given
  --csv            all of it, as CSV
`

interface Options {
  readonly path: string
  readonly by: Dimension
  /** Milliseconds since the epoch. */
  readonly since: number
  readonly top: number
  readonly csv: boolean
}

/** `costspan report`: writes to `write`, and returns the exit code: 0, 1 if the ledger cannot be read, or 2. */
export async function reportCommand(
  args: readonly string[],
  write: (text: string) => void,
): Promise<number> {
  let options
  try {
    options = readOptions(args)
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${help}`)
    return 2
  }
  if (options === 'help') {
    write(help)
    return 0
  }
  const { path, by, since, top, csv } = options
  try {
    const spends = await spendBy(chargesSince(path, since), by)
    write(csv ? spendCsv(by, spends) : spendTable(by, spends, top))
    return 0
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    return 1
  }
}

async function* chargesSince(path: string, since: number): AsyncGenerator<Charge> {
  for await (const charge of readLedger(path)) if (charge.at >= since) yield charge
}

function readOptions(args: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      by: { type: 'string', default: 'user' },
      since: { type: 'string' },
      top: { type: 'string', default: '30' },
      csv: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true) return 'help'
  const [path] = positionals
  if (path === undefined || positionals.length > 1) throw new Error('name one ledger')
  const { by, since } = values
  if (!isDimension(by)) {
    throw new Error(`--by ${by} is none of ${Object.keys(dimensions).join(', ')}`)
  }
  const from = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since)
  if (Number.isNaN(from)) throw new Error(`--since ${since} is no date, such as 2026-11-01`)
  const top = Number(values.top)
  if (!Number.isSafeInteger(top) || top < 1) throw new Error(`--top ${values.top} is no count`)
  return { path, by, since: from, top, csv: values.csv }
}

function isDimension(name: string): name is Dimension {
  return Object.hasOwn(dimensions, name)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
