import { readFileSync } from 'node:fs'
import { ARM_NAMES } from './arms.ts'
import { entriesOf, servedBy, until, withBench, type Bench } from './bench.ts'
import type { ApplicationReport } from './messages.ts'
import { toRow, type Outcome } from './row.ts'

export interface Frozen extends Outcome {
  /** How many calls each place lacked at one of the moments when the function was frozen; none, if all places have all calls. */
  readonly lacked: readonly string[]
}

const INSTANCES = 4
const REQUESTS = 5

/** Functions that are frozen after each response, and that the platform does away with in the end. */
export function frozenAfterResponse(flushes: boolean): Promise<Frozen> {
  return withBench(async (bench) => {
    const lacked: string[] = []
    const reports: ApplicationReport[] = []
    for (let instance = 0; instance < INSTANCES; instance++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      reports.push(await liveFrozen(bench, flushes, lacked))
    }
    const { provider, receiver, ledgerPath } = bench
    const row = toRow({
      fault: `A function frozen after each response, ${flushes ? 'with' : 'without'} \`flush\``,
      bench: { receiver },
      calls: servedBy(provider),
      entries: await entriesOf(ledgerPath),
      reports,
      remark: `${INSTANCES} instances of ${REQUESTS} requests, killed while frozen`,
    })
    return { row, reports, lacked }
  })
}

async function liveFrozen(
  bench: Bench,
  flushes: boolean,
  lacked: string[],
): Promise<ApplicationReport> {
  const application = await bench.start({})
  const pid = application.process.pid ?? Number.NaN
  const request = flushes ? 'serve, flush, then freeze' : 'serve, then freeze'
  let report: ApplicationReport | undefined
  for (let count = 1; count <= REQUESTS; count++) {
    const answered = application.ask(request)
    // oxlint-disable no-await-in-loop -- one request after the other
    await until(() => isFrozen(pid))
    lacked.push(...(await lackingIn(bench)))
    if (count < REQUESTS) {
      application.process.kill('SIGCONT')
      report = await answered
    } else answered.catch(() => {})
    // oxlint-enable no-await-in-loop
  }
  application.process.kill('SIGKILL')
  await application.ended
  if (report === undefined) throw new Error('No report')
  return report
}

/** As the kernel reports it: the process runs no line of its code. */
function isFrozen(pid: number): boolean {
  return /^State:\tT/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}

async function lackingIn({ provider, receiver, ledgerPath }: Bench): Promise<string[]> {
  const served = provider.calls.length
  const there = {
    ledger: (await entriesOf(ledgerPath)).length,
    metrics: receiver.counter('costspan.calls'),
    ...Object.fromEntries(ARM_NAMES.map((arm) => [arm, receiver.calls(arm).size])),
  }
  return Object.entries(there)
    .filter(([, calls]) => calls !== served)
    .map(([place, calls]) => `${place} had ${calls} of ${served}`)
}
