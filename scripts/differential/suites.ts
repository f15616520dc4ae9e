import { once } from 'node:events'
import { stable } from './json.ts'
import { commands } from './command-suite.ts'
import { ledgersRead, ledgersWritten } from './ledger-suites.ts'
import { hooks } from './hook-suite.ts'
import { manual } from './manual-suite.ts'
import { metrics } from './metrics-suite.ts'
import { catalogue, prices } from './price-suite.ts'
import { mixed, random, recordings } from './span-suites.ts'
import { tokens } from './token-suite.ts'
import type { Suite, Write } from './suite.ts'

/** By name, in the order in which they run: commands read what the suites of ledgers have written. */
export const suites: ReadonlyMap<string, Suite> = new Map([
  ['recordings', recordings],
  ['tokens', tokens],
  ['catalogue', catalogue],
  ['prices', prices],
  ['manual', manual],
  ['hooks', hooks],
  ['metrics', metrics],
  ['ledgers written', ledgersWritten],
  ['ledgers read', ledgersRead],
  ['commands', commands],
  ['mixed', mixed],
  ['random', random],
])

/** One line of results for each input, on the standard output. */
export function linesTo(out: NodeJS.WriteStream): Write {
  return async (id, result) => {
    if (!out.write(`${stable({ id, result })}\n`)) await once(out, 'drain')
  }
}
