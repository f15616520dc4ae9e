import { once } from 'node:events'
import type { Package } from './names.ts'
import { optionSets } from './option-sets.ts'
import type { Plan } from './plan.ts'
import { Random, seedOf } from './random.ts'
import { randomPlan } from './random-plans.ts'
import { recordedPlans } from './recordings.ts'
import { stable } from './json.ts'
import { hosts, World, type Host } from './world.ts'

/** What a child process is asked for. */
export interface Task {
  readonly folder: string
  readonly suite: SuiteName
  readonly seed: number
  /** Spans, or inputs, of a suite of random ones. */
  readonly count: number
}

/** Writes one line of results. */
type Write = (id: string, result: unknown) => Promise<void>
export type Suite = (from: Package, task: Task, write: Write) => Promise<void>

export const suites = {
  recordings: recordingsSuite,
  random: randomSuite,
} satisfies Record<string, Suite>
export type SuiteName = keyof typeof suites
export const suiteNames = Object.keys(suites) as SuiteName[]

/** Each recording with each set of options in each host. */
async function recordingsSuite(from: Package, _task: Task, write: Write): Promise<void> {
  const plans = recordedPlans()
  for (const [name, options] of Object.entries(optionSets(from))) {
    for (const host of name === 'defaults' ? hosts : (['costspan first'] as const)) {
      const world = new World(from, options, host)
      for (const plan of plans) {
        await write(`recordings | ${name} | ${host} | ${plan.id}`, await world.run(plan))
      }
      await write(`recordings | ${name} | ${host} | at the end`, await world.close())
    }
  }
}

/** Inputs that share a processor. */
const SHARING = 40

async function randomSuite(from: Package, { seed, count }: Task, write: Write): Promise<void> {
  const sets = Object.entries(optionSets(from))
  let spans = 0
  for (let group = 0; spans < count; group++) {
    const random = new Random(seedOf(seed, 1e6 + group))
    const [name, options] = random.pick(sets)
    const host = random.pick<Host>(hosts)
    const world = new World(from, options, host)
    for (let place = 0; place < SHARING && spans < count; place++) {
      const plan: Plan = randomPlan(seed, group * SHARING + place)
      spans += plan.spans.length
      await write(`${plan.id} | ${name} | ${host}`, await world.run(plan))
    }
    await write(`random group ${group} | ${name} | ${host} | at the end`, await world.close())
  }
}

/** One line of results for each input, on the standard output. */
export function linesTo(out: NodeJS.WriteStream): Write {
  return async (id, result) => {
    if (!out.write(`${stable({ id, result })}\n`)) await once(out, 'drain')
  }
}
