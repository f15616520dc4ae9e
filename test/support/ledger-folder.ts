import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCharger, type Attribution, type Charge } from 'costspan'
import { readLedger, type LedgerProblem } from 'costspan/ledger'
import { afterEach, beforeEach } from 'vitest'
import { AT, plainSpan } from './plain-span.ts'
import { leaf, prices, usage } from './sdk-2.ts'

/** A folder of its own for each test, and the path of a ledger in it. */
export function ledgerFolder(): { folder: string; path: string } {
  const place = { folder: '', path: '' }
  beforeEach(() => {
    place.folder = mkdtempSync(join(tmpdir(), 'costspan-ledger-'))
    place.path = join(place.folder, 'ledger.ndjson')
  })
  afterEach(() => rmSync(place.folder, { recursive: true, force: true }))
  return place
}

const charger = createCharger({ prices })
let count = 0

/** A call of one US dollar. */
export function chargeOf(attribution: Attribution, spanId = String(count++)): Charge {
  const span = plainSpan(
    { ...leaf, ...usage },
    { startTime: [AT / 1e3, 0], spanContext: () => ({ traceId: 't', spanId }) },
  )
  const charge = charger(span, attribution)
  if (charge === undefined) throw new Error('no call')
  return charge
}

/** A line as it is written, but for what is changed or, as `undefined`, left out. */
export function lineOf(charge: Charge, changes: Record<string, unknown> = {}): string {
  return JSON.stringify({ v: 1, id: `${charge.traceId}-${charge.spanId}`, ...charge, ...changes })
}

/** What is read of a ledger, and what is wrong with it. */
export async function readAll(
  path: string,
): Promise<{ charges: Charge[]; problems: LedgerProblem[] }> {
  const charges: Charge[] = []
  const problems: LedgerProblem[] = []
  for await (const charge of readLedger(path, { onProblem: (found) => problems.push(found) })) {
    charges.push(charge)
  }
  return { charges, problems }
}

/** `costspan report` as it is built, in a process of its own. */
export function report(words: readonly string[], environment: Record<string, string> = {}) {
  const command = [join(import.meta.dirname, '../../dist/cli.js'), 'report', ...words]
  const env = { ...process.env, ...environment }
  return spawnSync(process.execPath, command, { encoding: 'utf8', env })
}
