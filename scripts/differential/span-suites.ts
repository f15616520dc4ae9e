import { loadPackage, type Package } from './names.ts'
import { optionSets } from './option-sets.ts'
import type { Plan } from './plan.ts'
import { Random, seedOf } from './random.ts'
import { ONE_DAY, randomPlan } from './random-plans.ts'
import { recordedPlans } from './recordings.ts'
import type { Suite } from './suite.ts'
import { hosts, World, type Host } from './world.ts'

/** Each recording with each set of options, and with the defaults in each host. */
export const recordings: Suite = async (from, _task, write) => {
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

/** Random spans, with a set of options and a host for every few inputs. */
export const random: Suite = async (from, { seed, count }, write) => {
  const sets = Object.entries(optionSets(from))
  await inGroups(seed, count, async (dice, group, plans) => {
    const [name, options] = dice.pick(sets)
    const host = dice.pick<Host>(hosts)
    const world = new World(from, options, host)
    for (const plan of plans) await write(`${plan.id} | ${name} | ${host}`, await world.run(plan))
    await write(`random group ${group} | ${name} | ${host} | at the end`, await world.close())
  })
}

/**
 * One copy of the package has the processor, another is what the application calls, as bundlers make them: here of two
 * versions. What they share is the context key `costspan.attribution` and the mark on spans.
 */
export const mixed: Suite = async (from, { seed, count, other }, write) => {
  const application: Package = await loadPackage(other)
  const sets = Object.entries(optionSets(from))
  await inGroups(seed + 1, count / 10, async (dice, group, plans) => {
    const [name, options] = dice.pick(sets)
    const host = dice.pick<Host>(hosts)
    const world = new World(from, options, host, application)
    for (const plan of plans) await write(`${plan.id} | ${name} | ${host}`, await world.run(plan))
    await write(`mixed group ${group} | ${name} | ${host} | at the end`, await world.close())
  })
}

/** The inputs of a day share a processor. */
async function inGroups(
  seed: number,
  count: number,
  run: (dice: Random, group: number, plans: Iterable<Plan>) => Promise<void>,
): Promise<void> {
  let spans = 0
  for (let group = 0; spans < count; group++) {
    const plans: Plan[] = []
    for (let place = 0; place < ONE_DAY && spans < count; place++) {
      const plan = randomPlan(seed, group * ONE_DAY + place)
      spans += plan.spans.length
      plans.push(plan)
    }
    await run(new Random(seedOf(seed, 1e6 + group)), group, plans)
  }
}
