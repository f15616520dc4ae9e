import { ROOT_CONTEXT, type Context } from '@opentelemetry/api'
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Arm, Running } from './arms.ts'
import { startTrees, type Kind, type Place, type TreePlan } from './spans.ts'

/**
 * Trees that are started together: enough that reading the clock does not count, few enough
 * that their spans are still in the cache when they end, as those of an application are.
 */
const TREES = 16

/** How much of everything; a quick run shows that the bench works, not how fast anything is. */
export interface Effort {
  readonly rounds: number
  /** Spans in a round. */
  readonly spans: number
  /** Spans whose remains are weighed. */
  readonly retained: number
  readonly imports: number
}

export const fullEffort: Effort = { rounds: 60, spans: 2048, retained: 20_000, imports: 9 }
export const quickEffort: Effort = { rounds: 3, spans: 128, retained: 512, imports: 1 }

/** What the hooks took, by kind of span; the unit is the meter's. */
export type Taken = Record<Kind, number>

/** Reads a clock in nanoseconds, or the heap in bytes. */
type Meter = () => number

const nanoseconds: Meter = () => performance.now() * 1e6
const heapBytes: Meter = () => process.memoryUsage().heapUsed

/** Nanoseconds per span for each arm, every round one element; the first arm is the base. */
export async function measureTime(
  arms: readonly Arm[],
  plan: TreePlan,
  { rounds, spans }: Effort,
): Promise<Taken[][]> {
  const running = arms.map((arm) => arm.start())
  const taken: Taken[][] = arms.map(() => [])
  const turns = Math.ceil(spans / (TREES * plan.spans.length))
  for (let round = -warmUpRounds(rounds); round < rounds; round++) {
    const sums = arms.map(nothingTaken)
    for (let turn = 0; turn < turns; turn++) {
      for (let place = 0; place < arms.length; place++) {
        // Nobody always comes first, or after the same other one.
        const index = (place * (1 + (turn % (arms.length - 1))) + turn + round + rounds) % arms.length
        await runHooks(running[index], plan, nanoseconds, sums[index])
      }
    }
    if (round >= 0) sums.forEach((sum, index) => taken[index]?.push(perSpan(sum, plan, turns)))
  }
  await Promise.all(running.map(stop))
  return taken
}
