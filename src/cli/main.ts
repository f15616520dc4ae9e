#!/usr/bin/env node
import { doctorCommand } from './doctor-command.ts'
import { nearest } from './suggest.ts'
import { priceCommand } from './price-command.ts'
import { pseudonymCommand } from './pseudonym-command.ts'
import { packageVersion } from './package-version.ts'
import { reportCommand } from './report-command.ts'

const usage = `costspan: what AI calls cost, and who caused it

  costspan price <provider> <model> [options]   a rate card, and what a usage costs by it
  costspan report <ledger.ndjson> [options]     who spent what, from a ledger
  costspan doctor [directory] [options]         what in a project would lose or corrupt money
  costspan pseudonym --key-env <name>           the pseudonyms of ids, to join costs with customers

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
  const [command] = nearest(name, [...commands.keys()], 1)
  return `unknown command ${name}; the nearest is ${command}\n\n`
}

process.exitCode = await main(process.argv.slice(2))
