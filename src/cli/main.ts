#!/usr/bin/env node
import { doctorCommand } from './doctor-command.ts'
import { priceCommand } from './price-command.ts'
import { pseudonymCommand } from './pseudonym-command.ts'
import { packageVersion } from './package-version.ts'
import { reportCommand } from './report-command.ts'
import { suggest } from './suggest.ts'

const usage = `costspan: what AI calls cost, by user

  costspan price <provider> <model> [options]   the rates of a model, and the cost of a usage
  costspan report <ledger.ndjson> [options]     costs by user, tenant, plan, model or day, from a ledger
  costspan doctor [directory] [options]         set-ups in a project that lose or misstate costs
  costspan pseudonym --key-env <name>           pseudonyms of ids, to join costs with customers

costspan <command> --help describes a command; costspan --version prints the version.
`

type Command = (args: readonly string[], write: (text: string) => void) => number | Promise<number>

const commands = new Map<string, Command>([
  ['doctor', doctorCommand],
  ['price', priceCommand],
  ['pseudonym', pseudonymCommand],
  ['report', reportCommand],
])

async function main([name = '', ...rest]: readonly string[]): Promise<number> {
  const command = commands.get(name)
  if (command !== undefined) return command(rest, (text) => process.stdout.write(text))
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${packageVersion()}\n`)
    return 0
  }
  const isHelp = name === '--help' || name === '-h'
  process[isHelp ? 'stdout' : 'stderr'].write(
    `${isHelp || name === '' ? '' : unknown(name)}${usage}`,
  )
  return isHelp ? 0 : 2
}

function unknown(name: string): string {
  const [command] = suggest(name, [...commands.keys()], 1)
  return `unknown command ${name}; did you mean ${command}?\n\n`
}

// A reader that has enough, such as `head`, closes the pipe: no failure of the command, which keeps its exit code.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  // `pseudonym` would read on, without a reader. A command that has written its last text sets its exit code first.
  setImmediate(() => process.exit())
})
// The standard output may still be read: the command continues without its remarks.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await main(process.argv.slice(2))
