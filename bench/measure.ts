import { ROOT_CONTEXT } from '@opentelemetry/api'
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base'
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
  /** Spans of an arm in a round. */
  readonly spans: number
  /** Spans whose remains are weighed. */
  readonly retained: number
  /** Processes that import a package. */
  readonly imports: number
}

export const fullEffort: Effort = { rounds: 60, spans: 2048, retained: 20_000, imports: 9 }
export const quickEffort: Effort = { rounds: 2, spans: 64, retained: 256, imports: 1 }

type Sum = Record<Kind, number>

/** For one span of a kind; `ai` is the mean over calls and groups. */
export type PerSpan = Record<Kind | 'ai', number>

/** Reads a clock in nanoseconds, or the heap in bytes. */
type Meter = () => number

const nanoseconds: Meter = () => performance.now() * 1e6
const heapBytes: Meter = () => process.memoryUsage().heapUsed

/** Nanoseconds in the hooks: for each arm its rounds. */
export function measureTime(arms: readonly Arm[], plan: TreePlan, effort: Effort) {
  const turns = Math.ceil(effort.spans / (TREES * plan.spans.length))
  return measureRounds(arms, plan, nanoseconds, { rounds: effort.rounds, turns })
}

/** Bytes allocated in the hooks: for each arm its rounds. */
export function measureBytes(arms: readonly Arm[], plan: TreePlan, { rounds }: Effort) {
  return measureRounds(arms, plan, heapBytes, { rounds, turns: 1 })
}

async function measureRounds(
  arms: readonly Arm[],
  plan: TreePlan,
  meter: Meter,
  { rounds, turns }: { rounds: number; turns: number },
): Promise<PerSpan[][]> {
  const running = arms.map((arm) => ({ ...arm.start(), rounds: [] as PerSpan[] }))
  const warmUp = Math.ceil(rounds / 6)
  for (let round = -warmUp; round < rounds; round++) {
    const sums = running.map(nothing)
    for (let turn = 0; turn < turns; turn++) {
      for (let place = 0; place < running.length; place++) {
        // No arm always comes first, or always after the same other one.
        const turned = (place + turn + round + warmUp) % running.length
        const index = turn % 2 === 0 ? turned : running.length - 1 - turned
        const [arm, sum] = [running[index], sums[index]]
        if (arm !== undefined && sum !== undefined) await runTrees(arm, plan, meter, sum)
      }
    }
    if (round < 0) continue
    sums.forEach((sum, index) => running[index]?.rounds.push(perSpan(sum, plan, turns * TREES)))
  }
  await Promise.all(running.map(stop))
  return running.map((arm) => arm.rounds)
}

/** Runs every hook on fresh spans, and adds what the meter saw. */
async function runTrees(arm: Running, plan: TreePlan, meter: Meter, sum: Sum): Promise<void> {
  const { processors, settle } = arm
  const places = startTrees(plan, TREES, arm.context?.(ROOT_CONTEXT) ?? ROOT_CONTEXT)
  if (meter === heapBytes) gc?.({ type: 'minor' })
  for (const place of places) {
    const before = meter()
    callOnStart(processors, place)
    sum[place.kind] += meter() - before
  }
  for (const index of plan.endOrder) {
    const place = places[index]
    if (place === undefined) continue
    for (const span of place.spans) span.setAttributes(place.end)
    let before = meter()
    callOnEnding(processors, place)
    sum[place.kind] += meter() - before
    for (const span of place.spans) span.end()
    before = meter()
    callOnEnd(processors, place)
    if (settle !== undefined) await settle()
    sum[place.kind] += meter() - before
  }
  await flush(arm)
}

// The loops are those of the SDK's own MultiSpanProcessor.

function callOnStart(processors: readonly SpanProcessor[], { spans, parentContexts }: Place): void {
  for (let index = 0; index < spans.length; index++) {
    const [span, parentContext] = [spans[index], parentContexts[index]]
    if (span === undefined || parentContext === undefined) return
    for (const processor of processors) processor.onStart(span, parentContext)
  }
}

function callOnEnding(processors: readonly SpanProcessor[], { spans }: Place): void {
  for (const span of spans) for (const processor of processors) processor.onEnding?.(span)
}

function callOnEnd(processors: readonly SpanProcessor[], { spans }: Place): void {
  for (const span of spans) for (const processor of processors) processor.onEnd(span)
}

/** Bytes that are still there, for each span, when nobody else holds the spans any more. */
export async function measureRetained(
  arm: Arm,
  plan: TreePlan,
  { retained }: Effort,
  doTheyEnd: boolean,
): Promise<number> {
  const running = arm.start()
  const trees = Math.ceil(retained / plan.spans.length)
  const run = async (count: number): Promise<number> => {
    for (let turn = 0; turn < count; turn += TREES) {
      if (doTheyEnd) await runTrees(running, plan, nanoseconds, nothing())
      else runUnended(running, plan)
    }
    return collected()
  }
  const before = await run(trees / 10)
  const after = await run(trees)
  await stop(running)
  return (after - before) / (trees * plan.spans.length)
}

function runUnended({ processors, context }: Running, plan: TreePlan): void {
  const places = startTrees(plan, TREES, context?.(ROOT_CONTEXT) ?? ROOT_CONTEXT)
  for (const place of places) callOnStart(processors, place)
}

/** The size of the heap when everything that can go has gone. */
async function collected(): Promise<number> {
  if (gc === undefined) throw new Error('The bench needs node --expose-gc')
  for (let time = 0; time < 4; time++) {
    gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return heapBytes()
}

async function flush({ processors }: Running): Promise<void> {
  for (const processor of processors) await processor.forceFlush()
}

async function stop({ processors }: Running): Promise<void> {
  for (const processor of processors) await processor.shutdown()
}

function nothing(): Sum {
  return { call: 0, group: 0, foreign: 0 }
}

function perSpan(sum: Sum, plan: TreePlan, trees: number): PerSpan {
  const count = (kind: Kind): number =>
    trees * plan.spans.filter((span) => span.kind === kind).length
  return {
    call: sum.call / count('call'),
    group: sum.group / count('group'),
    ai: (sum.call + sum.group) / (count('call') + count('group')),
    foreign: sum.foreign / count('foreign'),
  }
}
