import { ArmClient } from './arm-client.ts'
import { arms, costspan, plain, type Arm } from './arms.ts'
import { measureImports } from './import-time.ts'
import { turnsFor, type Effort, type Pair, type PerSpan, type Round } from './measure.ts'
import { plans, type PlanName } from './spans.ts'
import { median } from './statistics.ts'

/** What an arm adds to a plain BatchSpanProcessor, for one span. */
export interface Figures {
  readonly arm: Arm
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
  /** Milliseconds; `undefined` for what the OTel SDK itself has. */
  readonly imported: number | undefined
}

/** What one of our own cases adds, in nanoseconds. */
export interface CaseFigures {
  readonly plan: PlanName
  readonly call: number
  readonly span: number
  /** Of spans that are no AI spans; NaN where there are none, as the others are. */
  readonly foreign: number
}

export interface Results {
  readonly arms: readonly Figures[]
  readonly cases: readonly CaseFigures[]
}

export async function measure(effort: Effort): Promise<Results> {
  const clients: ArmClient[] = []
  for (const arm of arms) clients.push(await ArmClient.start(arm))
  try {
    return { arms: await compareArms(clients, effort), cases: await compareCases(clients, effort) }
  } finally {
    for (const client of clients) client.stop()
  }
}

async function compareArms(clients: readonly ArmClient[], effort: Effort): Promise<Figures[]> {
  const ai6 = await interleave(clients, 'AI SDK 6, payer in metadata', 'ns', effort)
  const ai7 = await interleave(clients, 'AI SDK 7, payer from withAttribution', 'ns', effort)
  const http = await interleave(clients, 'HTTP', 'ns', effort)
  const bytes6 = await interleave(clients, 'AI SDK 6, payer in metadata', 'bytes', effort)
  const bytesHttp = await interleave(clients, 'HTTP', 'bytes', effort)
  const packages = clients.map(({ arm }) => arm.name).filter(isImported)
  const imports = await measureImports(packages, effort.imports)
  const figures: Figures[] = []
  for (const client of clients) {
    const imported = imports.get(client.arm.name)
    figures.push({
      arm: client.arm,
      call6: added(ai6.get(client), 'call'),
      span6: added(ai6.get(client), 'ai'),
      call7: added(ai7.get(client), 'call'),
      span7: added(ai7.get(client), 'ai'),
      http: added(http.get(client), 'foreign'),
      bytes6: added(bytes6.get(client), 'ai'),
      bytesHttp: added(bytesHttp.get(client), 'foreign'),
      retainedEnded: await client.retained({ spans: effort.retained, doTheyEnd: true }),
      retainedUnended: await client.retained({ spans: effort.retained, doTheyEnd: false }),
      imported: imported === undefined ? undefined : median(imported),
    })
  }
  return figures
}

async function compareCases(clients: readonly ArmClient[], effort: Effort): Promise<CaseFigures[]> {
  const own = clients.filter(({ arm }) => arm === costspan)
  const figures: CaseFigures[] = []
  for (const plan of Object.keys(plans) as PlanName[]) {
    const [pairs] = (await interleave(own, plan, 'ns', effort)).values()
    figures.push({
      plan,
      call: added(pairs, 'call'),
      span: added(pairs, 'ai'),
      foreign: added(pairs, 'foreign'),
    })
  }
  return figures
}

type Pairs = readonly Pair<PerSpan>[]

/** Round by round, every arm in turn: what the machine does, it does to all of them. */
async function interleave(
  clients: readonly ArmClient[],
  plan: PlanName,
  unit: Round['unit'],
  { rounds, spans }: Effort,
): Promise<Map<ArmClient, Pairs>> {
  const pairs = new Map(clients.map((client) => [client, [] as Pair<PerSpan>[]]))
  // V8 goes on optimising the hooks of every arm for some 25 full rounds.
  const warmUp = Math.ceil(rounds / 2)
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
