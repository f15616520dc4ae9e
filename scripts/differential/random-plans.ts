import { recordedPlans } from './recordings.ts'
import { Random, seedOf } from './random.ts'
import { oddAttributes, randomAttribution, randomHeaders } from './odd-values.ts'
import type { Plan, PlannedSpan } from './plan.ts'
import {
  groups,
  request,
  vocabularies,
  type Request,
  type Vocabulary,
  type WrittenCall,
} from './vocabularies.ts'

const everyVocabulary = Object.values(vocabularies)
const dates = [
  '2026-11-15T00:00:00Z',
  '2026-11-15T03:30:00Z',
  '2026-10-01T12:00:00Z',
  '2025-06-01T00:00:00Z',
].map((date) => Date.parse(date))
/** Inputs of one day. */
export const ONE_DAY = 40
const DEEPEST = 5
const MOST_SPANS = 24

let recordings: readonly Plan[] | undefined

/** The input of a number: trees of calls in all vocabularies, with odd values, duplicates and headers. */
export function randomPlan(seed: number, index: number): Plan {
  const random = new Random(seedOf(seed, index))
  const spans: PlannedSpan[] = []
  const trees = random.once(4) ? 1 + random.below(3) : 1
  for (let tree = 0; tree < trees; tree++) {
    // Trees of one input overlap, or follow each other.
    const offset = random.once(2) ? 0 : endOf(spans)
    const grown = random.once(4) ? mutatedRecording(random) : new Grower(random).grow()
    spans.push(...moved(grown, spans.length, offset))
  }
  return {
    id: `random ${seed}/${index}`,
    spans,
    headers: random.once(3) ? randomHeaders(random) : {},
    ...(random.once(3) && { attributed: randomAttribution(random) }),
    at: timeOf(seed, index),
    exportOrder: random.pick(['ended', 'started', 'shuffled']),
    batchSize: random.pick([1, 2, 5, 512]),
  }
}

/** Inputs that follow each other are on one day, a moment apart: what is remembered of calls ends with the time. */
function timeOf(seed: number, index: number): number {
  const day = new Random(seedOf(seed, 2e6 + Math.floor(index / ONE_DAY))).pick(dates)
  return day + (index % ONE_DAY) * 37
}

function endOf(spans: readonly PlannedSpan[]): number {
  return spans.reduce((end, { startsAt, endsAt }) => Math.max(end, endsAt ?? startsAt), 0)
}

function moved(grown: readonly PlannedSpan[], by: number, offset: number): readonly PlannedSpan[] {
  return grown.map((span) => ({
    ...span,
    parent: span.parent === undefined ? undefined : span.parent + by,
    startsAt: span.startsAt + offset,
    endsAt: span.endsAt === undefined ? undefined : span.endsAt + offset,
  }))
}

/** A recorded scenario in which a few values, parents and ends are others. */
function mutatedRecording(random: Random): PlannedSpan[] {
  recordings ??= recordedPlans()
  const { spans } = random.pick(recordings)
  return spans.map((span, index) => ({
    ...span,
    scope: random.once(15) ? random.pick(groups).scope : span.scope,
    parent: random.once(15) && index > 0 ? random.below(index) : span.parent,
    start: random.once(4) ? oddAttributes(random, span.start) : span.start,
    end: random.once(4) ? oddAttributes(random, span.end) : span.end,
    status: random.once(15) ? { code: 2, message: 'overloaded' } : span.status,
    ...(random.once(10) && { attributed: randomAttribution(random) }),
    endsAt: random.once(20) ? undefined : span.endsAt,
  }))
}

/** Grows a tree of spans on a clock that goes on with each start and end. */
class Grower {
  readonly #random: Random
  readonly #spans: PlannedSpan[] = []
  #clock = 0
  /** The latest call, for another library to write it too, or a retry to repeat it. */
  #latest: Request | undefined

  constructor(random: Random) {
    this.#random = random
  }

  grow(): PlannedSpan[] {
    this.#any(undefined, 0)
    return this.#spans
  }

  #any(parent: number | undefined, depth: number): void {
    const random = this.#random
    if (depth < DEEPEST && random.once(2)) {
      this.#open(random.pick(groups), parent, depth, random.below(4))
      return
    }
    const asked = this.#latest !== undefined && random.once(5) ? this.#latest : request(random)
    this.#latest = asked
    const written = random.pick(everyVocabulary)(asked, random)
    if (random.once(6)) this.#sideBySide(asked, written, parent)
    else this.#open(written, parent, depth, random.once(4) ? 1 + random.below(2) : 0)
  }

  /** Two libraries write the same call, neither inside the other. */
  #sideBySide(asked: Request, written: WrittenCall, parent: number | undefined): void {
    const random = this.#random
    const other: Vocabulary = random.pick(everyVocabulary)
    const first = this.#start(written, parent)
    const second = this.#start(other(asked, random), parent)
    for (const index of random.shuffled([first, second])) this.#end(index)
  }

  #open(written: WrittenCall, parent: number | undefined, depth: number, below: number): void {
    const random = this.#random
    const index = this.#start(written, parent)
    const endsEarly = random.once(12)
    if (endsEarly) this.#end(index)
    for (let child = 0; child < below && this.#spans.length < MOST_SPANS; child++) {
      this.#any(index, depth + 1)
    }
    if (!endsEarly) this.#end(index)
  }

  #start({ scope, name, start, end }: WrittenCall, parent: number | undefined): number {
    const random = this.#random
    // What has the mark of Sentry and another scope than Sentry's is no span of Sentry's any more.
    const isOfSentry = scope.startsWith('@sentry/')
    this.#clock += 1 + random.below(3)
    this.#spans.push({
      name: random.once(30) ? 'call of ada@example.com' : name,
      scope: random.once(40) && !isOfSentry ? random.pick(groups).scope : scope,
      kind: random.below(5),
      parent,
      start: random.once(4) ? oddAttributes(random, start) : start,
      end: random.once(4) ? oddAttributes(random, end) : end,
      status: random.once(12) ? { code: 2, message: 'overloaded' } : { code: random.below(2) },
      events: random.once(12)
        ? [{ name: 'exception', attributes: { 'exception.type': 'AI_APICallError' } }]
        : [],
      ...(random.once(8) && { attributed: randomAttribution(random) }),
      ...(random.once(15) && { attributedLater: randomAttribution(random) }),
      startsAt: this.#clock,
      endsAt: undefined,
    })
    return this.#spans.length - 1
  }

  #end(index: number): void {
    if (this.#random.once(40)) return
    this.#clock += 1 + this.#random.below(20)
    const span = this.#spans[index] as PlannedSpan
    this.#spans[index] = { ...span, endsAt: this.#clock }
  }
}
