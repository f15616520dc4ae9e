import type { Lane } from '../ai-sdks/lane.ts'
import type { Scenario } from '../scenario.ts'
import { attribution } from './attribution.ts'
import { basics } from './basics.ts'
import { caching } from './caching.ts'
import { embeddingsAndRerank } from './embeddings.ts'
import { failures } from './failures.ts'
import { gaps } from './gaps.ts'

export const scenarios: Scenario[] = [
  ...basics,
  ...caching,
  ...embeddingsAndRerank,
  ...attribution,
  ...failures,
  ...gaps,
]

/** The scenarios that a lane can run: it has the provider, and the scenario is meant for it. */
export function scenariosOf(lane: Lane): Scenario[] {
  return scenarios.filter(
    ({ provider, runsOn }) => lane.providers[provider] !== undefined && runsOn(lane),
  )
}
