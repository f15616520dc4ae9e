import { ArmClient } from './arm-client.ts'
import { arms, costspan, plain, type Arm } from './arms.ts'
import { measureImports } from './import-time.ts'
import { openCounts, type OpenRound } from './open-requests.ts'
import { turnsFor, type Effort, type Pair, type PerSpan, type Round } from './measure.ts'
import { plans, type PlanName } from './spans.ts'
import { median } from './statistics.ts'

/** What an arm adds to a plain BatchSpanProcessor, for one span. */
interface Added {
  /** Nanoseconds: of a provider call, and of an AI span in the mean. */
  readonly call6: number
  readonly span6: number
  readonly call7: number
  readonly span7: number
  readonly http: number
  /** Bytes. */
  readonly bytes6: number
  readonly bytesHttp: number
  readonly retainedEnded: number
  readonly retainedUnended: number
}

export interface Figures extends Added {
  readonly arm: Arm
  /** Milliseconds; `undefined` for what the OTel SDK itself has. */
  readonly imported: number | undefined
}

/** What one of our own cases adds, in nanoseconds. */
interface AddedByCase {
  readonly call: number
  readonly span: number
  /** Of spans that are no AI spans; NaN where there are none, as the others are. */
  readonly foreign: number
}

export interface CaseFigures extends AddedByCase {
  readonly plan: PlanName
}

export interface Results {
  readonly arms: readonly Figures[]
  readonly cases: readonly CaseFigures[]
  readonly open: readonly OpenFigures[]
}

/** What an arm adds to one request while so many are open, in nanoseconds, by the order of `openCounts`. */
export interface OpenFigures {
  readonly arm: Arm
  readonly what: OpenRound['what']
  readonly added: readonly number[]
}

const planNames = Object.keys(plans) as PlanName[]

export async function measure(effort: Effort): Promise<Results> {
  const ofArms: Map<Arm, Added>[] = []
  const ofCases: Map<PlanName, AddedByCase>[] = []
  for (let time = 0; time < effort.processes; time++) {
    await withClients(async (clients) => {
      ofArms.push(await compareArms(clients, effort))
      ofCases.push(await compareCases(clients, effort))
    })
  }
  const imports = await measureImports(
    arms.map(({ name }) => name).filter(isImported),
    effort.imports,
  )
  return {
    arms: arms.map((arm) => {
      const imported = imports.get(arm.name)
      return {
        arm,
        ...medians(ofArms.map((one) => one.get(arm))),
        imported: imported === undefined ? undefined : median(imported),
      }
    }),
    cases: planNames.map((plan) => ({ plan, ...medians(ofCases.map((one) => one.get(plan))) })),
    open: await measureOpen(effort),
  }
}

/** In processes of their own: what V8 has compiled for other cases slows down this one, of one arm more than of another. */
export async function measureOpen(effort: Effort): Promise<OpenFigures[]> {
  const all: OpenFigures[][] = []
  for (let time = 0; time < effort.processes; time++) {
    await withClients(async (clients) => {
      all.push(await compareOpen(clients, effort))
    })
  }
  return (all[0] ?? []).map(({ arm, what }, row) => ({
    arm,
    what,
    added: openCounts.map((_, column) =>
      median(all.map((figures) => figures[row]?.added[column] ?? Number.NaN)),
    ),
  }))
}

async function withClients(use: (clients: readonly ArmClient[]) => Promise<void>): Promise<void> {
  const clients: ArmClient[] = []
  for (const arm of arms) clients.push(await ArmClient.start(arm))
  try {
    await use(clients)
  } finally {
    for (const client of clients) client.stop()
  }
}

/** Of the same figures of several processes, one by one. */
function medians<Some extends { readonly [Name in keyof Some]: number }>(
  all: readonly (Some | undefined)[],
): Some {
  const some = all.filter((one) => one !== undefined)
  const names = Object.keys(some[0] ?? {}) as (keyof Some)[]
  return Object.fromEntries(
    names.map((name) => [name, median(some.map((one) => one[name]))]),
  ) as Some
}

async function compareArms(
  clients: readonly ArmClient[],
  effort: Effort,
): Promise<Map<Arm, Added>> {
  const ai6 = await interleave(clients, 'AI SDK 6, user in metadata', 'ns', effort)
  const ai7 = await interleave(clients, 'AI SDK 7, user from withAttribution', 'ns', effort)
  const http = await interleave(clients, 'HTTP', 'ns', effort)
  const bytes6 = await interleave(clients, 'AI SDK 6, user in metadata', 'bytes', effort)
  const bytesHttp = await interleave(clients, 'HTTP', 'bytes', effort)
  const figures = new Map<Arm, Added>()
  for (const client of clients) {
    figures.set(client.arm, {
      call6: added(ai6.get(client), 'call'),
      span6: added(ai6.get(client), 'ai'),
      call7: added(ai7.get(client), 'call'),
      span7: added(ai7.get(client), 'ai'),
      http: added(http.get(client), 'foreign'),
      bytes6: added(bytes6.get(client), 'ai'),
      bytesHttp: added(bytesHttp.get(client), 'foreign'),
      retainedEnded: await client.retained({ ...effort, spans: effort.retained, doTheyEnd: true }),
      retainedUnended: await client.retained({
        ...effort,
        spans: effort.retained,
        doTheyEnd: false,
      }),
    })
  }
  return figures
}

async function compareCases(
  clients: readonly ArmClient[],
  effort: Effort,
): Promise<Map<PlanName, AddedByCase>> {
  const own = clients.filter(({ arm }) => arm === costspan)
  const figures = new Map<PlanName, AddedByCase>()
  for (const plan of planNames) {
    const [pairs] = (await interleave(own, plan, 'ns', effort)).values()
    figures.set(plan, {
      call: added(pairs, 'call'),
      span: added(pairs, 'ai'),
      foreign: added(pairs, 'foreign'),
    })
  }
  return figures
}

/** Every arm in turn, so that what the machine does, it does to all of them. */
async function compareOpen(
  clients: readonly ArmClient[],
  { openRounds, openTurns, openAtMost }: Effort,
): Promise<OpenFigures[]> {
  const figures: OpenFigures[] = []
  for (const what of ['trees', 'hooks'] as const) {
    const all = new Map(clients.map((client) => [client, [] as number[]]))
    for (const count of openCounts) {
      const open = Math.min(count, openAtMost)
      const differences = new Map(clients.map((client) => [client, [] as number[]]))
      for (let round = 0; round < openRounds; round++) {
        for (const [client, some] of differences) {
          const { base, own } = await client.openRound({ open, what, turns: openTurns })
          some.push(own - base)
        }
      }
      for (const [client, some] of differences) all.get(client)?.push(median(some))
    }
    for (const [{ arm }, some] of all) figures.push({ arm, what, added: some })
  }
  return figures
}

type Pairs = readonly Pair<PerSpan>[]

/** Round by round, every arm in turn: what the machine does, it does to all of them. */
async function interleave(
  clients: readonly ArmClient[],
  plan: PlanName,
  unit: Round['unit'],
  { warmUp, rounds, spans }: Effort,
): Promise<Map<ArmClient, Pairs>> {
  const pairs = new Map(clients.map((client) => [client, [] as Pair<PerSpan>[]]))
  const turns = unit === 'bytes' ? 1 : turnsFor(plan, spans)
  for (let round = -warmUp; round < rounds; round++) {
    for (const [client, measured] of pairs) {
      const pair = await client.round({ plan, unit, round, turns })
      if (round >= 0) measured.push(pair)
    }
  }
  return pairs
}

/** The median of paired differences. */
function added(pairs: Pairs = [], what: keyof PerSpan): number {
  return median(pairs.map(({ base, own }) => own[what] - base[what]))
}

/** The plain arm is the SDK, which is there before; an arm with another set-up is no other package. */
function isImported(name: string): boolean {
  return name !== plain.name && !name.includes(',')
}
