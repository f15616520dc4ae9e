import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createPseudonymizer, isPseudonym, type Pseudonymize } from '../privacy/pseudonym.ts'
import { asked } from './asked.ts'

const help = `costspan pseudonym --key-env <name>

Reads ids from standard input, one a line, and writes each with its pseudonym, separated by a tab: the
one that costspan writes with privacy: { pseudonymize: { key } }. To join costs with your customers:

  psql -Atc 'select id from users' | costspan pseudonym --key-env PSEUDONYM_KEY > users.tsv

  --key-env <name>   the environment variable that holds the key
`

/**
 * `costspan pseudonym`: reads ids from `input`, writes to `write`, and returns the exit code: 0, or 2 if
 * it was asked wrongly.
 */
export async function pseudonymCommand(
  args: readonly string[],
  write: (text: string) => void,
  input: NodeJS.ReadableStream = process.stdin,
): Promise<number> {
  const options = asked(() => readOptions(args), help, write)
  if (typeof options === 'number') return options
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const id = line.replace(/\r$/, '')
    if (id !== '') write(`${id}\t${isPseudonym(id) ? id : options(id)}\n`)
  }
  return 0
}

function readOptions(args: readonly string[]): Pseudonymize | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: { 'key-env': { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help === true) return 'help'
  const name = values['key-env']
  if (name === undefined) throw new Error('--key-env is missing')
  const key = process.env[name]
  if (key === undefined || key === '') throw new Error(`${name} is not set in the environment`)
  return createPseudonymizer(name, key)
}
