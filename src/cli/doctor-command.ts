import { parseArgs } from 'node:util'
import type { Diagnosis, DiagnoseOptions } from '../../packages/doctor/src/index.ts'
import { asked, messageOf } from './parse-options.ts'
import { diagnosisText } from '../../packages/doctor/src/format-diagnosis.ts'

const help = `costspan doctor [directory] [options]

Looks through a project for what would lose or corrupt money, and says what to add. It reads files and
packages, and runs nothing of the project.

  --ledger <file>   a ledger of costspan/ledger: which of its calls carry no cost
  --json            all of it, as JSON

Exit code: 0 without errors, 1 with, 2 if it was asked wrongly.
`

interface Options extends DiagnoseOptions {
  readonly json: boolean
}

/** `costspan doctor`: writes to `write`, and returns the exit code. */
export async function doctorCommand(
  args: readonly string[],
  write: (text: string) => void,
): Promise<number> {
  const options = asked(() => readOptions(args), help, write)
  if (typeof options === 'number') return options
  const { json, ...where } = options
  let diagnosis: Diagnosis
  try {
    const { diagnose } = await import('../../packages/doctor/src/index.ts')
    diagnosis = await diagnose(where)
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    return 2
  }
  const isColoured = process.stdout.isTTY && !process.env['NO_COLOR']
  write(json ? `${JSON.stringify(diagnosis, null, 2)}\n` : diagnosisText(diagnosis, isColoured))
  return diagnosis.findings.some(({ severity }) => severity === 'error') ? 1 : 0
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
