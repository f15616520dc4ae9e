import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { LedgerProblem } from 'costspan/ledger'
import type { Package } from './names.ts'
import { Random } from './random.ts'
import { randomCharges } from './random-charges.ts'
import type { Suite } from './suite.ts'

/** The ledgers that the suites leave in the scratch folder, for the suite of commands too. */
export const ledgerNames = [
  'old.ndjson',
  'new.ndjson',
  'old-parts.ndjson',
  'new-parts.ndjson',
  'garbage.ndjson',
  'empty.ndjson',
] as const

/** Writes a ledger of the same charges, and one in parts; the old one also one with lines that are no charges. */
export const ledgersWritten: Suite = async (from, { role, scratch, seed, count }, write) => {
  const charges = await randomCharges(from, seed + 3, count / 400)
  for (const [name, options] of [
    [`${role}.ndjson`, {}],
    [`${role}-parts.ndjson`, { maximumBytes: 100_000, mostWaiting: 1e6 }],
  ] as const) {
    const path = join(scratch, name)
    const ledger = from.openLedger(path, options)
    for (const charge of charges) ledger.record(charge)
    // What is no charge is lost, and counted.
    ledger.record({ ...charges[0], usd: Number.NaN } as never)
    ledger.record({ ...charges[0], traceId: 7 } as never)
    const flushed = await ledger.flush()
    await ledger.close()
    ledger.record(charges[0] as never)
    await write(`written ${name.replace(role, '')}`, { flushed, lost: ledger.lost })
  }
  const lines = readFileSync(join(scratch, `${role}.ndjson`), 'utf8').split('\n')
  for (const [index, line] of lines.entries()) {
    await write(`line ${index}`, line === '' ? '' : JSON.parse(line))
  }
  if (role === 'old') writeGarbage(scratch, lines.slice(0, 2000), new Random(seed))
}

function writeGarbage(scratch: string, lines: readonly string[], random: Random): void {
  const path = join(scratch, 'garbage.ndjson')
  writeFileSync(path, lines.map((line) => damaged(line, random)).join('\n'))
  writeFileSync(`${path}.1`, lines.slice(0, 40).join('\n'))
  writeFileSync(`${path}.2.gz`, gzipSync(lines.slice(40, 90).join('\n')))
  writeFileSync(`${path}.3.gz`, 'no gzip')
  writeFileSync(`${path}.bak`, lines.slice(90, 95).join('\n'))
  writeFileSync(join(scratch, 'empty.ndjson'), '')
}

const oddFields = [
  'v',
  'id',
  'traceId',
  'spanId',
  'at',
  'usd',
  'status',
  'reason',
  'source',
  'call',
  'usage',
  'attribution',
  'listed',
  'unseen',
  'terms',
  'priceVersion',
  'durationSeconds',
]

/** Most lines as they are; of the others a part is missing, doubled or something else. */
function damaged(line: string, random: Random): string {
  if (line === '' || !random.once(2)) return line
  switch (random.below(12)) {
    case 0:
      return line.slice(0, random.below(line.length))
    case 1:
      return line.slice(random.below(line.length))
    case 2:
      return `${line}\n${line}`
    case 3:
      return `\ufeff${line}`
    case 4:
      return `${line}\r`
    case 5:
      return random.pick(['', ' ', 'null', '[]', '7', '{}', '{"v":1}', '"', '\0\0\0', '\u2028'])
    case 6:
      return line.replace('"v":1', random.pick(['"v":2', '"v":"1"', '"v":0', '"w":1']))
    case 7:
      return line.replace('{', '{"usd":5,')
    case 8:
      return line + line
    default:
      return changed(line, random)
  }
}

function changed(line: string, random: Random): string {
  const charge = JSON.parse(line) as Record<string, unknown>
  const name = random.pick(oddFields)
  const inside = charge[name]
  const value = random.pick<unknown>([
    undefined,
    null,
    '',
    'x',
    -1,
    0,
    1e300,
    1.5,
    true,
    [],
    {},
    { input: -1 },
  ])
  if (typeof inside === 'object' && inside !== null && random.once(2)) {
    const field = random.pick(Object.keys(inside))
    return JSON.stringify({ ...charge, [name]: { ...inside, [field]: value } })
  }
  return JSON.stringify({ ...charge, [name]: value })
}

/** Reads all ledgers, those of the other package too. */
export const ledgersRead: Suite = async (from, { scratch }, write) => {
  await write(
    'files',
    readdirSync(scratch)
      .map((name) => name.replace(/\d{6,}/g, 'n'))
      .toSorted(),
  )
  for (const name of ledgerNames) await readAll(from, join(scratch, name), name, write)
  await readAll(from, join(scratch, 'no-such.ndjson'), 'no-such.ndjson', write)
}

async function readAll(
  from: Package,
  path: string,
  name: string,
  write: (id: string, result: unknown) => Promise<void>,
): Promise<void> {
  const problems: unknown[] = []
  const onProblem = ({ kind, file, line, message }: LedgerProblem): void =>
    void problems.push({ kind, file: basename(file), line, message })
  let index = 0
  try {
    for await (const charge of from.readLedger(path, { onProblem })) {
      await write(`read ${name} ${index}`, charge)
      index++
    }
  } catch (error) {
    await write(`read ${name} threw`, (error as NodeJS.ErrnoException).code)
  }
  await write(`read ${name} | problems`, problems)
}
