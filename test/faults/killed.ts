import { setTimeout as sleep } from 'node:timers/promises'
import { entriesOf, servedBy, until, withBench, type Bench } from './bench.ts'
import { toRow, type Row } from './row.ts'

const ROUNDS = 50
/** At a time: more would be slowed down by each other's start. */
const WORKERS = 2
const CALLS_PER_SECOND = 20
/** The first ones load code, and hold the event loop with everything in it for longer. */
const CALLS_BEFORE = 10
const LONGEST_LIFE_MILLISECONDS = 1_500

interface Charged {
  readonly inputTokens: number
  readonly at: number
  /** Turns of the event loop that came after it, one in ten milliseconds where the machine is quiet. */
  readonly turnsAfter: number
}

interface Round {
  readonly process: number | undefined
  readonly killedAt: number
  readonly charged: readonly Charged[]
}

/** How long before the kill something was that did not survive it, in milliseconds. */
type Ages = readonly number[]

export interface Killed {
  readonly row: Row
  readonly rounds: number
  /** Of the calls that were charged, and are not in the ledger. */
  readonly lost: Ages
  /** Of the oldest of them in each round that lost one. */
  readonly windows: Ages
  /** For how many turns of the event loop a charge was not written at most. */
  readonly turns: number
  /** Of the calls that were served, while the answer had not reached the application. */
  readonly inFlight: Ages
}

/** Processes that write into one ledger and are killed, each at a moment of its own. */
export function killedAtRandom(): Promise<Killed> {
  return withBench(async (bench) => {
    const rounds: Round[] = []
    let left = ROUNDS
    const worker = async (): Promise<void> => {
      // oxlint-disable-next-line no-await-in-loop -- one life after the other
      while (left-- > 0) rounds.push(await liveAndDie(bench))
    }
    await Promise.all(Array.from({ length: WORKERS }, worker))

    const { provider, receiver, ledgerPath, requests } = bench
    const entries = await entriesOf(ledgerPath)
    const found = new Set(entries.map(({ inputTokens }) => inputTokens))
    const lostOf = ({ charged }: Round): Charged[] =>
      charged.filter(({ inputTokens }) => !found.has(inputTokens))
    const agesOf = (round: Round): number[] => lostOf(round).map(({ at }) => round.killedAt - at)
    const killedAt = new Map(rounds.map((round) => [round.process, round.killedAt]))
    const charged = new Set(
      rounds.flatMap((round) => round.charged.map(({ inputTokens }) => inputTokens)),
    )
    const inFlight = [...requests]
      .filter(([inputTokens]) => !charged.has(inputTokens) && !found.has(inputTokens))
      .map(([, { at, process }]) => (killedAt.get(process) ?? Number.NaN) - at)
    const lost = rounds.flatMap(agesOf)
    const row = toRow({
      fault: `\`kill -9\` of ${ROUNDS} processes, each at a random moment of its first seconds`,
      bench: { receiver },
      calls: servedBy(provider),
      entries,
      reports: [],
      remark: `${lost.length} were charged in the last moments, see below; of ${inFlight.length} the answer was still on its way`,
    })
    return {
      row,
      rounds: rounds.length,
      lost,
      windows: rounds.flatMap(
        (round) => agesOf(round).toSorted((one, other) => other - one)[0] ?? [],
      ),
      turns: Math.max(0, ...rounds.flatMap(lostOf).map(({ turnsAfter }) => turnsAfter)),
      inFlight,
    }
  })
}

async function liveAndDie({ start }: Bench): Promise<Round> {
  const application = await start({
    perSecond: CALLS_PER_SECOND,
    announces: true,
    ledgerOptions: { maximumBytes: 200_000 },
  })
  let output = ''
  application.process.stdout?.on('data', (chunk: Buffer) => (output += String(chunk)))
  await application.ask('start')
  await until(() => chargedIn(output).length > CALLS_BEFORE)
  await sleep(Math.random() * LONGEST_LIFE_MILLISECONDS)
  const killedAt = Date.now()
  application.process.kill('SIGKILL')
  await application.ended
  const charged = chargedIn(await application.output)
  return { process: application.process.pid, killedAt, charged }
}

function chargedIn(output: string): Charged[] {
  const charged: Charged[] = []
  let turns = 0
  for (const line of output.split('\n').filter(Boolean).toReversed()) {
    const [at, inputTokens] = line.split(' ')
    if (line === 'turn') turns++
    else charged.push({ inputTokens: Number(inputTokens), at: Number(at), turnsAfter: turns })
  }
  return charged
}
