import { parseArgs } from 'node:util'
import { readLines } from '../ledger/lines.ts'
import { createPseudonymizer, isPseudonym, type Pseudonymize } from '../privacy/pseudonym.ts'
import { parseOptions } from './parse-options.ts'

const help = `costspan pseudonym --key-env <name>

Reads ids from standard input, one on each line, and writes each with its pseudonym, separated by a tab: the
pseudonym that costspan writes with privacy: { pseudonymize: { key } }. To join costs with your customers:

  psql -Atc 'select id from users' | costspan pseudonym --key-env PSEUDONYM_KEY > users.tsv

  --key-env <name>   the environment variable that holds the key

Exit code: 0; 1 if lines are skipped because they are not UTF-8 or too long, which standard error lists; 2 for a
usage error.
`

/**
 * `costspan pseudonym`: reads ids from `input`, writes to `write`, and returns the exit code: 0, 1 if a line is
 * skipped, 2 for a usage error.
 */
export async function pseudonymCommand(
  args: readonly string[],
  write: (text: string) => void,
  input: NodeJS.ReadableStream = process.stdin,
): Promise<number> {
  const pseudonymize = parseOptions(() => readKey(args), help, write)
  if (typeof pseudonymize === 'number') return pseudonymize
  let exitCode = 0
  for await (const lines of readLines(input)) {
    for (const { number, ...line } of lines) {
      if (line.text === undefined) {
        process.stderr.write(`line ${number} of the input is skipped: ${line.problem}\n`)
        exitCode = 1
        continue
      }
      const id = line.text.replace(/\r$/, '')
      if (id !== '') write(`${id}\t${isPseudonym(id) ? id : pseudonymize(id)}\n`)
    }
  }
  return exitCode
}

function readKey(args: readonly string[]): Pseudonymize | 'help' {
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
