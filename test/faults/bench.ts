import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readLedger } from '../../src/ledger/index.ts'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import { inputTokensOf, replyTo } from './calls.ts'
import { PROCESS_HEADER, type ApplicationReport, type ApplicationSettings } from './messages.ts'
import { startFaultyReceiver, type FaultyReceiver } from './receiver.ts'
import { startApplication, type Application } from './start-application.ts'

/** What a fault happens to: a provider, a receiver, a folder for the ledger, and applications. */
export interface Bench {
  readonly provider: LoopbackProvider
  /** When the provider was asked for each call, and by which process, by its input tokens. */
  readonly requests: ReadonlyMap<number, { readonly at: number; readonly process: number }>
  readonly receiver: FaultyReceiver
  /** That of the ledger, which is put aside into it. */
  readonly books: string
  readonly ledgerPath: string
  readonly start: (settings: Partial<ApplicationSettings>) => Promise<Application>
}

/** Everything is gone afterwards, whatever happened. */
export async function withBench<Result>(body: (bench: Bench) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-faults-'))
  // For an application that has dropped its privileges by then.
  chmodSync(folder, 0o711)
  const books = join(folder, 'books')
  mkdirSync(books, { mode: 0o700 })
  const ledgerPath = join(books, 'ledger.ndjson')
  const requests = new Map<number, { at: number; process: number }>()
  const provider = await startProvider({
    reply: (request) => {
      const process = Number(request.headers[PROCESS_HEADER])
      requests.set(inputTokensOf(request.number), { at: Date.now(), process })
      return replyTo(request)
    },
  })
  const receiver = await startFaultyReceiver()
  const applications: Application[] = []
  const start = async (settings: Partial<ApplicationSettings>): Promise<Application> => {
    const application = await startApplication({
      receiver: receiver.url,
      provider: provider.url,
      perSecond: 15,
      ledgerPath,
      ...settings,
    })
    applications.push(application)
    return application
  }
  try {
    return await body({ provider, requests, receiver, books, ledgerPath, start })
  } finally {
    for (const { process } of applications) process.kill('SIGKILL')
    await Promise.all([...applications.map(({ ended }) => ended), provider.close()])
    // It may be down already.
    await receiver.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Ends an application as its documentation describes. Resolves with its report. */
export async function finish(application: Application): Promise<ApplicationReport> {
  await application.ask('stop')
  const report = await application.ask('end')
  await application.ended
  return report
}

/** Input tokens of all calls that the provider has served. */
export function servedBy({ calls }: LoopbackProvider): number[] {
  return calls.map(({ usage }) => usage?.uncachedInput ?? Number.NaN)
}

/** Input tokens of calls that were recorded without a provider. */
export function recorded(calls: number): number[] {
  return Array.from({ length: calls }, (_, index) => inputTokensOf(index + 1))
}

export interface LedgerEntry {
  readonly inputTokens: number
  readonly usd: number
}

export async function entriesOf(...paths: readonly string[]): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = []
  for (const path of paths) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for await (const { usage, usd } of readLedger(path)) {
      entries.push({ inputTokens: usage?.input ?? Number.NaN, usd: usd ?? Number.NaN })
    }
  }
  return entries
}

/** Waits until it is so, however long a loaded machine takes; what it is not then is found by what comes after. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  patienceMilliseconds = 60_000,
): Promise<void> {
  const deadline = Date.now() + patienceMilliseconds
  // oxlint-disable no-await-in-loop -- asked again and again
  while (!(await isSo()) && Date.now() < deadline) await sleep(20)
}
