import { ROOT_CONTEXT } from '@opentelemetry/api'
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Arm, Running } from './arms.ts'
import { compareOpenRequests, type OpenRound } from './open-requests.ts'
import {
  aiSdk6,
  plans,
  startTrees,
  type Kind,
  type Place,
  type PlanName,
  type TreePlan,
} from './spans.ts'
import { median } from './statistics.ts'

/**
 * Trees that are started together: few enough that their spans are still in the innermost cache
 * when the hooks see them, as those of an application are, which ends a span right after its last
 * attribute. Reading the clock takes as long with processor as without, and cancels out.
 */
const TREES = 4

/** How much of everything; a quick run shows that the bench works, not how fast anything is. */
export interface Effort {
  /** Processes of each arm, one after the other: V8 compiles the same code a tenth quicker or slower in each. */
  readonly processes: number
  /** Rounds that are not measured: V8 goes on optimising the hooks of every arm for some 25 full ones. */
  readonly warmUp: number
  readonly rounds: number
  /** Spans of an arm in a round. */
  readonly spans: number
  /** Rounds with requests open at once, and turns of each. */
  readonly openRounds: number
  readonly openTurns: number
  /** The most requests that are open in such a round; columns of more run with so many. */
  readonly openAtMost: number
  /** Spans whose remains are weighed, how often, and how many collections of garbage precede a weighing. */
  readonly retained: number
  readonly weighings: number
  readonly collections: number
  /** Processes that import a package. */
  readonly imports: number
}

export const fullEffort: Effort = {
  processes: 3,
  warmUp: 30,
  rounds: 30,
  spans: 2048,
  openRounds: 1,
  openTurns: 160,
  openAtMost: 4096,
  retained: 20_000,
  weighings: 4,
  collections: 4,
  imports: 9,
}
export const quickEffort: Effort = {
  processes: 1,
  warmUp: 1,
  rounds: 2,
  spans: 64,
  openRounds: 1,
  openTurns: 4,
  openAtMost: 64,
  retained: 256,
  weighings: 2,
  collections: 1,
  imports: 1,
}

type Sum = Record<Kind, number>

/** For one span of a kind; `ai` is the mean over calls and groups. */
export type PerSpan = Record<Kind | 'ai', number>

/** Reads a clock in nanoseconds, or the heap in bytes. */
type Meter = () => number

const nanoseconds: Meter = () => performance.now() * 1e6
const heapBytes: Meter = () => process.memoryUsage().heapUsed

/** One arm and a plain BatchSpanProcessor, in a process of their own. */
export class Lab {
  readonly #arm: Arm
  readonly #pair: Pair<Running>

  constructor(arm: Arm, pair: Pair<Running>) {
    this.#arm = arm
    this.#pair = pair
  }

  /** A round of both, in alternating order. */
  async round({ plan, unit, round, turns }: Round): Promise<Pair<PerSpan>> {
    const tree = plans[plan]
    const meter = unit === 'ns' ? nanoseconds : heapBytes
    const run = async (running: Running): Promise<PerSpan> => {
      const sum = nothing()
      for (let turn = 0; turn < turns; turn++) await runTrees(running, tree, meter, sum)
      return perSpan(sum, tree, turns * TREES)
    }
    const { base, own } = this.#pair
    if (round % 2 === 0) return { base: await run(base), own: await run(own) }
    return { own: await run(own), base: await run(base) }
  }

  /** Both with requests open at once: nanoseconds for one request. */
  openRound(round: OpenRound): Promise<Pair<number>> {
    return compareOpenRequests(this.#pair, round)
  }

  /** Bytes that are still there, for each span, once nothing else holds the spans. */
  async retained({ spans, doTheyEnd, weighings, collections }: Retention): Promise<number> {
    const running = await this.#arm.start()
    const run = async (count: number): Promise<number> => {
      for (let started = 0; started < count; started += TREES * aiSdk6.spans.length) {
        if (doTheyEnd) await runTrees(running, aiSdk6, nanoseconds, nothing())
        else runUnended(running, aiSdk6)
      }
      return collected(collections)
    }
    // What the engine compiles meanwhile is weighed too, now and then: hence several times.
    const sizes: number[] = []
    for (let time = 0; time < weighings; time++) sizes.push(await run(spans))
    await stop(running)
    return median(sizes.slice(1).map((size, index) => (size - (sizes[index] ?? 0)) / spans))
  }
}

export interface Pair<Of> {
  readonly base: Of
  readonly own: Of
}

export interface Round {
  readonly plan: PlanName
  readonly unit: 'ns' | 'bytes'
  readonly round: number
  readonly turns: number
}

export interface Retention extends Pick<Effort, 'weighings' | 'collections'> {
  readonly spans: number
  readonly doTheyEnd: boolean
}

/** How often a round runs the trees of a plan to have so many spans. */
export function turnsFor(plan: PlanName, spans: number): number {
  return Math.ceil(spans / (TREES * plans[plan].spans.length))
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
    for (const span of place.spans) span.setAttributes(place.end).end()
    const before = meter()
    callOnEndingAndOnEnd(processors, place)
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

/** `Span.end` calls the one right after the other. */
function callOnEndingAndOnEnd(processors: readonly SpanProcessor[], { spans }: Place): void {
  for (const span of spans) {
    for (const processor of processors) processor.onEnding?.(span)
    for (const processor of processors) processor.onEnd(span)
  }
}

function runUnended({ processors, context }: Running, plan: TreePlan): void {
  const places = startTrees(plan, TREES, context?.(ROOT_CONTEXT) ?? ROOT_CONTEXT)
  for (const place of places) callOnStart(processors, place)
}

/** The size of the heap when everything that can go has gone. */
async function collected(collections: number): Promise<number> {
  if (gc === undefined) throw new Error('The bench needs node --expose-gc')
  for (let time = 0; time < collections; time++) {
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
