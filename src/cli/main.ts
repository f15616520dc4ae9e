#!/usr/bin/env node
import { priceCommand } from './price-command.ts'

const usage = `costspan: what AI calls cost, and who caused it

  costspan price <provider> <model> [options]   a rate card, and what a usage costs by it

costspan <command> --help tells more.
`

const commands = new Map([['price', priceCommand]])

function main([name = '', ...rest]: readonly string[]): number {
  const command = commands.get(name)
  if (command !== undefined) return command(rest, (text) => process.stdout.write(text))
  const isHelp = name === '--help' || name === '-h'
  process[isHelp ? 'stdout' : 'stderr'].write(usage)
  return isHelp ? 0 : 2
}

process.exitCode = main(process.argv.slice(2))
