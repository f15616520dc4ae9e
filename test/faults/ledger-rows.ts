import {
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { entriesOf, finish, servedBy, until, withBench, type Bench } from './bench.ts'
import { UNPRIVILEGED_USER, type ApplicationSettings } from './messages.ts'
import { toRow, type Outcome } from './row.ts'
import type { SmallDisk } from './small-disk.ts'
import type { Application } from './start-application.ts'

/** Something that is done to the ledger of a running application. */
interface LedgerFault {
  readonly name: string
  readonly settings?: Partial<ApplicationSettings>
  readonly applications?: number
  readonly printed?: readonly string[]
  /** A backend uses the sample with the latest time. */
  readonly metricsAreStuck?: boolean
  /** Resolves with where else charges are now, and a remark. */
  inflict(
    bench: Bench,
    application: Application,
  ): Promise<{ elsewhere?: string[]; remark?: string }>
}

const SMALL = { maximumBytes: 30_000 }
export const ledgerFaults: readonly LedgerFault[] = [
  {
    name: 'The directory of the ledger stops being writable when the file is to be put aside',
    settings: { ledgerOptions: SMALL },
    printed: ['costspan: the ledger cannot be rotated; the file keeps growing'],
    async inflict({ books }, application) {
      if (process.getuid?.() === 0) {
        chownSync(books, UNPRIVILEGED_USER, -1)
        await application.ask('drop privileges')
      }
      chmodSync(books, 0o500)
      await until(async () => (await application.ask('report')).printed.length > 0)
      await sleep(2_000)
      const files = readdirSync(books).length
      chmodSync(books, 0o700)
      await until(() => readdirSync(books).length > files)
      return { remark: 'the file grows, with one warning, and is rotated later' }
    },
  },
  {
    name: 'The directory of the ledger is moved away',
    async inflict({ books }) {
      renameSync(books, `${books}-moved`)
      await sleep(4_000)
      return {
        elsewhere: [join(`${books}-moved`, 'ledger.ndjson')],
        remark: 'the rest is in a new one',
      }
    },
  },
  {
    name: 'The file of the ledger is moved away 20 times, and each other time replaced by another',
    async inflict({ books, ledgerPath }) {
      const elsewhere: string[] = []
      for (let time = 0; time < 20; time++) {
        const moved = join(books, `moved-${time}`)
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await until(() => existsSync(ledgerPath))
        renameSync(ledgerPath, moved)
        if (time % 2 === 1) writeFileSync(ledgerPath, 'not a charge', { mode: 0o644 })
        elsewhere.push(moved)
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await sleep(200 + Math.random() * 200)
      }
      return { elsewhere, remark: 'read with those that were moved' }
    },
  },
  {
    name: 'The clock goes back by 4 s',
    async inflict(_, application) {
      await application.ask('set the clock back by 4 s')
      await sleep(8_000)
      return {}
    },
  },
  {
    name: 'The clock goes back by 26 h',
    metricsAreStuck: true,
    async inflict({ books }, application) {
      await application.ask('set the clock back by 26 h')
      await until(() => readdirSync(books).length > 1)
      await sleep(2_000)
      const files = readdirSync(books).length
      return {
        remark: `in ${files} files; a sample of metrics that is older than the one before is ignored, until the clock has caught up`,
      }
    },
  },
  {
    name: 'Three processes on one ledger, which is put aside all the time',
    applications: 3,
    settings: { ledgerOptions: SMALL },
    async inflict({ books }) {
      await until(() => readdirSync(books).length > 20)
      return { remark: `in ${readdirSync(books).length} files` }
    },
  },
]

const BEFORE_MILLISECONDS = 3_000

export function underLedgerFault(fault: LedgerFault): Promise<Outcome> {
  return withBench(async (bench) => {
    const { ledgerPath, provider, start } = bench
    const applications = await Promise.all(
      Array.from({ length: fault.applications ?? 1 }, () =>
        start({ perSecond: 30, ...fault.settings }),
      ),
    )
    const [first] = applications
    if (first === undefined) throw new Error('No application')
    await Promise.all(applications.map((application) => application.ask('start')))
    await until(() => statSync(ledgerPath).size > 0)
    await sleep(BEFORE_MILLISECONDS)
    const { elsewhere = [], remark = '' } = await fault.inflict(bench, first)
    const reports = await Promise.all(applications.map(finish))
    const row = toRow({
      fault: fault.name,
      bench,
      calls: servedBy(provider),
      entries: await entriesOf(ledgerPath, ...elsewhere),
      reports,
      remark,
    })
    return { row, reports }
  })
}

const ROOM_BYTES = 65_536

/** The disk is full for some seconds; with little memory what it does not hold is lost, and counted. */
export function onSmallDisk(
  disk: SmallDisk,
  maxQueueSize?: number,
): Promise<Outcome & { counted: number }> {
  return withBench(async ({ books, ledgerPath, provider, receiver, start }) => {
    disk.prepare(books, ROOM_BYTES)
    try {
      const application = await start({
        perSecond: 60,
        ...(maxQueueSize !== undefined && { ledgerOptions: { maxQueueSize } }),
      })
      const pid = application.process.pid ?? Number.NaN
      disk.limit(pid, ROOM_BYTES)
      await application.ask('start')
      await until(async () => {
        const { printed, lost } = await application.ask('report')
        return printed.length > 0 && (maxQueueSize === undefined || lost > 0)
      })
      await sleep(3_000)
      disk.makeRoom(books, pid)
      await sleep(3_000)
      const report = await finish(application)
      const counted = receiver.counter('costspan.lost_charges')
      const entries = await entriesOf(ledgerPath)
      const torn = tornLines(ledgerPath)
      const memory = maxQueueSize === undefined ? '' : `, memory for ${maxQueueSize} charges`
      const row = toRow({
        fault: `Disk full for some seconds: ${disk.name}${memory}`,
        bench: { receiver },
        calls: servedBy(provider),
        entries,
        reports: [report],
        remark: `${counted} counted as lost; lines torn, and written again: ${torn}`,
      })
      return { row, reports: [report], counted }
    } finally {
      disk.remove(books)
    }
  })
}

function tornLines(path: string): number {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '' && !line.endsWith('}')).length
}
