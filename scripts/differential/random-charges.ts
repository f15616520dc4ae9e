import type { Charge } from 'costspan'
import type { Package } from './names.ts'
import { optionSets } from './option-sets.ts'
import { randomPlan } from './random-plans.ts'
import { World, type ChargesBySpan } from './world.ts'

/** Charges of random spans, those of calls that never end included. */
export async function randomCharges(from: Package, seed: number, plans: number): Promise<Charge[]> {
  const charges: Charge[] = []
  const sets = optionSets(from)
  for (const name of ['defaults', 'own prices', 'pseudonymize']) {
    const world = new World(from, sets[name] ?? {}, 'costspan first')
    for (let index = 0; index < plans; index++) {
      charges.push(...inOrder((await world.run(randomPlan(seed, index))).charges))
    }
    charges.push(...inOrder((await world.close()).charges))
  }
  return charges
}

function inOrder(charges: ChargesBySpan): Charge[] {
  return Object.keys(charges)
    .toSorted()
    .flatMap((spanId) => charges[spanId] ?? [])
}
