import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Charge } from '../../src/index.ts'
import { openLedger, readLedger } from '../../src/ledger/index.ts'
import { entriesOf, finish, servedBy, until, withBench } from './bench.ts'
import { toRow, type Row } from './row.ts'

export interface PowerCut {
  readonly row: Row
  readonly files: number
  readonly cuts: number
  /** Cuts after which another call was missing than the one that was torn, or one was there twice. */
  readonly wrong: readonly string[]
}

/** What was not on the disk is missing, or, where the file had its length already, it is zeros. */
const ways = {
  missing: (whole: Buffer, length: number) => whole.subarray(0, length),
  zeros: (whole: Buffer, length: number) => {
    const torn = Buffer.alloc(whole.length)
    whole.copy(torn, 0, 0, length)
    return torn
  },
}

/** Each file of a ledger, also those that were put aside, cut at each byte of its last record. */
export function cutEverywhere(): Promise<PowerCut> {
  return withBench(async ({ books, ledgerPath, provider, receiver, start }) => {
    const application = await start({ perSecond: 40, ledgerOptions: { maximumBytes: 4_000 } })
    await application.ask('start')
    await until(() => readdirSync(books).length > 3)
    const report = await finish(application)
    const row = toRow({
      fault: 'Power cut: each file cut at each byte of its last record',
      bench: { receiver },
      calls: servedBy(provider),
      entries: await entriesOf(ledgerPath),
      reports: [report],
    })

    const charges = await chargesOf(ledgerPath)
    const files = readdirSync(books)
    const wrong: string[] = []
    let cuts = 0
    for (const file of files) {
      const path = join(books, file)
      const whole = readFileSync(path)
      const lastLine = whole.lastIndexOf('\n') + 1
      const { id } = JSON.parse(whole.subarray(lastLine).toString()) as { id: string }
      const others = charges.filter((charge) => idOf(charge) !== id).map(idOf)
      for (const [way, cut] of Object.entries(ways)) {
        for (let length = lastLine; length < whole.length; length++) {
          writeFileSync(path, cut(whole, length))
          cuts++
          // oxlint-disable no-await-in-loop -- one cut after the other
          const found = (await chargesOf(ledgerPath)).map(idOf)
          // What is written after it must not suffer either.
          const isWritten = path !== ledgerPath || (await nextIsWritten(ledgerPath, charges))
          // oxlint-enable no-await-in-loop
          if (String(found) !== String(others) || !isWritten)
            wrong.push(`${file} at byte ${length}, ${way}`)
        }
      }
      writeFileSync(path, whole)
    }
    return { row: withTornRecord(row, files.length, cuts), files: files.length, cuts, wrong }
  })
}

/** Of each cut: the record that was torn is the only one that is missing, as far as none was found wrong. */
function withTornRecord(row: Row, files: number, cuts: number): Row {
  const { charges, doubled } = row.ledger
  return {
    ...row,
    ledger: { charges: charges - 1, lost: 1, doubled },
    remark: `the record that was cut, and no other: ${cuts.toLocaleString('en')} cuts in ${files} files, the rest missing or zeros`,
  }
}

const idOf = ({ traceId, spanId }: Charge): string => `${traceId}-${spanId}`

async function nextIsWritten(path: string, [first]: readonly Charge[]): Promise<boolean> {
  if (first === undefined) return false
  const ledger = openLedger(path)
  ledger.record({ ...first, spanId: 'the next' })
  await ledger.close()
  const charges = await chargesOf(path)
  return charges.filter(({ spanId }) => spanId === 'the next').length === 1
}

async function chargesOf(path: string): Promise<Charge[]> {
  const charges: Charge[] = []
  for await (const charge of readLedger(path)) charges.push(charge)
  return charges
}
