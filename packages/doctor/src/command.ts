import { parseArgs } from 'node:util'
import { diagnose, type DiagnoseOptions } from './diagnose.ts'
import { formatDiagnosis } from './format-diagnosis.ts'
import { printable } from './printable.ts'

const help = `costspan doctor [directory] [options]

Searches a project for mistakes that lose calls or make their cost wrong, and prints the code to add. It reads
files and packages, and runs no code of the project.

  --ledger <file>   a file of costspan/ledger: also reports its calls without a cost
  --json            prints the findings as JSON

Exit code: 0 if no finding is an error, 1 if one is, 2 if the command line is wrong.
`

interface Options extends DiagnoseOptions {
  readonly json: boolean
}

/**
 * `costspan doctor`, which costspan's command line hands over to this package. Writes the diagnosis by `write` and
 * usage errors to the standard error. Returns the exit code.
 */
export async function doctorCommand(
  args: readonly string[],
  write: (text: string) => void,
): Promise<number> {
  let options: Options | 'help'
  try {
    options = readOptions(args)
  } catch (error) {
    process.stderr.write(`${printable(messageOf(error))}\n\n${help}`)
    return 2
  }
  if (options === 'help') {
    write(help)
    return 0
  }
  return run(options, write)
}

async function run({ json, ...options }: Options, write: (text: string) => void): Promise<number> {
  try {
    const diagnosis = await diagnose(options)
    const isColoured = process.stdout.isTTY && !process.env['NO_COLOR']
    write(json ? `${JSON.stringify(diagnosis, null, 2)}\n` : formatDiagnosis(diagnosis, isColoured))
    return diagnosis.findings.some(({ severity }) => severity === 'error') ? 1 : 0
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    return 2
  }
}

function readOptions(args: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ledger: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true) return 'help'
  if (positionals.length > 1) throw new Error('name one directory')
  return { directory: positionals[0], ledger: values.ledger, json: values.json }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
