import { setTimeout as sleep } from 'node:timers/promises'
import { entriesOf, finish, recorded, servedBy, until, withBench, type Bench } from './bench.ts'
import { healthy, type Fault } from './receiver.ts'
import { toRow, type Outcome } from './row.ts'

export interface ReceiverFault {
  readonly name: string
  /** `down`: it does not even listen. */
  readonly fault: Fault | 'down'
  readonly seconds: number
  readonly promptCharacters?: number
}

const ONE_MEGABYTE = 1_000_000

function refuse(status: number, headers: Record<string, string> = {}): Fault {
  return ({ response }) => void response.writeHead(status, headers).end()
}

/** A connection that is broken is no answer. */
const reset: Fault = ({ response }) => void response.socket?.resetAndDestroy()

export const receiverFaults: readonly ReceiverFault[] = [
  { name: 'down for 60 s', fault: 'down', seconds: 60 },
  { name: '429 to everything for 20 s', fault: refuse(429), seconds: 20 },
  {
    name: '429 with `Retry-After: 30` for 20 s',
    fault: refuse(429, { 'retry-after': '30' }),
    seconds: 20,
  },
  { name: '500 for 20 s', fault: refuse(500), seconds: 20 },
  { name: 'hangs for 25 s', fault: () => {}, seconds: 25 },
  { name: 'resets connections for 20 s', fault: reset, seconds: 20 },
  {
    name: 'stores, then resets the connection, for 20 s',
    fault: (arrival) => {
      arrival.store()
      return reset(arrival)
    },
    seconds: 20,
  },
  {
    name: 'answers after 2 s, for 20 s',
    fault: async (arrival) => {
      await sleep(2_000)
      return healthy(arrival)
    },
    seconds: 20,
  },
  {
    name: '413 to more than 1 MB, prompts of 10 kB',
    fault: (arrival) => (arrival.bytes > ONE_MEGABYTE ? refuse(413)(arrival) : healthy(arrival)),
    seconds: 20,
    promptCharacters: 10_000,
  },
  {
    name: 'partial success: rejects 10 spans of each export, and all metrics, for 20 s',
    fault: ({ isTraces, response, store }) => {
      store(10)
      const partialSuccess = isTraces ? { rejectedSpans: '10' } : { rejectedDataPoints: '10' }
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ partialSuccess: { ...partialSuccess, errorMessage: 'on purpose' } }))
    },
    seconds: 20,
  },
  {
    name: 'answers 200 with garbage for 20 s, and keeps nothing',
    fault: ({ response }) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in'),
    seconds: 20,
  },
]

const BEFORE_MILLISECONDS = 4_000
const AFTER_MILLISECONDS = 8_000
/** Metrics are exported each second, and an export that hangs is given up after one. */
const HEALED_MILLISECONDS = 10_000

export function underReceiverFault(fault: ReceiverFault): Promise<Outcome> {
  return withBench(async (bench) => {
    const { receiver, provider, ledgerPath, start } = bench
    const application = await start({ promptCharacters: fault.promptCharacters ?? 0 })
    await application.ask('start')
    await sleep(BEFORE_MILLISECONDS)
    const remark = await suffer(fault, bench)
    await sleep(AFTER_MILLISECONDS)
    const report = await finish(application)
    const row = toRow({
      fault: `Receiver ${fault.name}`,
      bench: { receiver },
      calls: servedBy(provider),
      entries: await entriesOf(ledgerPath),
      reports: [report],
      remark,
    })
    return { row, reports: [report] }
  })
}

/** What metrics lacked when the fault ended, and how soon they were whole. */
async function suffer({ fault, seconds }: ReceiverFault, bench: Bench): Promise<string> {
  const { receiver, provider } = bench
  const counted = (): number => receiver.counter('costspan.calls')
  if (fault === 'down') await receiver.goDown()
  else receiver.fault = fault
  await sleep(seconds * 1_000)
  const served = provider.calls.length
  const behind = served - counted()
  if (fault === 'down') await receiver.comeBack()
  else receiver.fault = healthy
  const began = performance.now()
  await until(() => counted() >= served, HEALED_MILLISECONDS)
  const healedAfter = ((performance.now() - began) / 1_000).toFixed(1)
  return `metrics were ${behind} calls behind, and whole after ${healedAfter} s`
}

const OVERFLOW_PER_SECOND = 5_000
const OVERFLOW_SECONDS = 15
const FAR_AWAY_MILLISECONDS = 200

/** A receiver that is well, but as far away as many are. */
export function queueOverflow(): Promise<Outcome> {
  return withBench(async ({ receiver, ledgerPath, start }) => {
    receiver.fault = async (arrival) => {
      await sleep(FAR_AWAY_MILLISECONDS)
      return healthy(arrival)
    }
    const application = await start({ provider: undefined, perSecond: OVERFLOW_PER_SECOND })
    await application.ask('start')
    await sleep(OVERFLOW_SECONDS * 1_000)
    const report = await finish(application)
    const row = toRow({
      fault: `${OVERFLOW_PER_SECOND.toLocaleString('en')} calls a second for ${OVERFLOW_SECONDS} s, the receiver ${FAR_AWAY_MILLISECONDS} ms away`,
      bench: { receiver },
      calls: recorded(report.made),
      entries: await entriesOf(ledgerPath),
      reports: [report],
      remark: 'made by `recordCall`: no provider here serves so many',
    })
    return { row, reports: [report] }
  })
}
