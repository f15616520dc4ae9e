import * as Unseen from '../usage/unseen.ts'
import { outputTokens } from '../usage/usage.ts'
import { promptOf, type Agreement } from './compare-usage.ts'
import { compareCalls, type Evidence } from './evidence.ts'

/** Calls of one recorder that wait for their twin; beyond it the oldest is forgotten. */
export const MAXIMUM_REMEMBERED = 32_768

/** How long a call waits for its twin, in milliseconds of the spans' own time. */
const PATIENCE_MILLISECONDS = 600_000

/** Milliseconds by which two spans may miss each other: a span's start is a whole millisecond, its end is not. */
const CLOCK_STEP = 1

/** How far apart two spans of one call start at most, in milliseconds, where little else connects them. */
const START_TOLERANCE = 50

/** A queue so much longer than what it holds is written anew. */
const COMPACTED_FROM = 64

/** Candidates that are looked at under one key, newest first. */
const MAXIMUM_LOOKED_AT = 256

class Twin {
  readonly evidence: Evidence
  readonly keys: readonly string[]
  /** For how many spans of another recorder this call still stands; 0 once it is spent or forgotten. */
  left: number

  constructor(evidence: Evidence, left: number) {
    this.evidence = evidence
    this.keys = keysOf(evidence)
    this.left = left
  }
}

/** Several twins under one key, oldest first. Those that are spent stay until they are most of them. */
interface Bucket {
  twins: Twin[]
  spent: number
}

/**
 * Calls of one recorder that have ended, to which spans of another recorder beside them are
 * matched, each once. The response's id is asked first, then equal usage, then what else the two
 * may agree on; of equals one of the same trace. A call that contradicts is never taken.
 */
export class Twins {
  /** In the order of their ends, from `#oldest` on, with those that are spent until they are most. */
  #queue: Twin[] = []
  #oldest = 0
  #size = 0
  readonly #byKey = new Map<string, Twin | Bucket>()
  /** When the last call ended that was forgotten for lack of room. */
  #forgottenUntil = Number.NEGATIVE_INFINITY

  /** Remembers a call that stands for so many spans of others. */
  note(evidence: Evidence, spans = 1): void {
    const twin = new Twin(evidence, spans)
    this.#queue.push(twin)
    this.#size++
    for (const key of twin.keys) {
      const there = this.#byKey.get(key)
      if (there === undefined) this.#byKey.set(key, twin)
      else if (there instanceof Twin) this.#byKey.set(key, { twins: [there, twin], spent: 0 })
      else there.twins.push(twin)
    }
    this.#forgetOldest(evidence.until)
  }

  /** Finds the twin of a call that has ended; if there is one, it stands for one span fewer. */
  take(call: Evidence): Agreement {
    let unsure: Twin | undefined
    for (const key of wantedKeysOf(call)) {
      const there = this.#byKey.get(key)
      if (there === undefined) continue
      const twins = there instanceof Twin ? [there] : there.twins
      const found = bestOf(twins, call)
      if (found !== undefined && agreementOf(call, found.evidence) === 'same') {
        this.#spend(found)
        return 'same'
      }
      unsure ??= found
    }
    if (unsure === undefined) return 'different'
    // Of a call with usage there may be several attempts without.
    if (call.usage !== undefined || unsure.evidence.usage === undefined) this.#spend(unsure)
    return 'unsure'
  }

  /** Whether the twin of this call may have been forgotten. */
  mayHaveForgotten({ from }: Evidence): boolean {
    return from <= this.#forgottenUntil + CLOCK_STEP
  }

  #spend(twin: Twin): void {
    if (--twin.left === 0) this.#remove(twin)
  }

  #forgetOldest(now: number): void {
    if (this.#queue.length > 2 * this.#size + COMPACTED_FROM) {
      this.#queue = this.#queue.filter(({ left }) => left > 0)
      this.#oldest = 0
    }
    for (let twin = this.#queue[this.#oldest]; twin; twin = this.#queue[++this.#oldest]) {
      if (twin.left === 0) continue
      const { until } = twin.evidence
      const isFull = this.#size > MAXIMUM_REMEMBERED
      if (!isFull && now - until < PATIENCE_MILLISECONDS) return
      if (isFull) this.#forgottenUntil = Math.max(this.#forgottenUntil, until)
      twin.left = 0
      this.#remove(twin)
    }
  }

  /** In near constant time, over many calls: a bucket is written anew when enough of it is spent. */
  #remove(twin: Twin): void {
    this.#size--
    for (const key of twin.keys) {
      const there = this.#byKey.get(key)
      if (there instanceof Twin) this.#byKey.delete(key)
      else if (there !== undefined && !hasRoomAfter(there, twin)) this.#byKey.delete(key)
    }
  }
}

/** Takes a spent twin out; says whether others are left. */
function hasRoomAfter(bucket: Bucket, twin: Twin): boolean {
  if (bucket.twins.at(-1) === twin) bucket.twins.pop()
  else bucket.spent++
  // Of the newest that are looked at, half at least are left.
  const { spent, twins } = bucket
  if (spent * 2 >= Math.min(twins.length, MAXIMUM_LOOKED_AT)) {
    bucket.twins = bucket.twins.filter(({ left }) => left > 0)
    bucket.spent = 0
  }
  return bucket.twins.length > 0
}

/** The newest that shows the same call, if there is one in the same trace; else one that may. */
function bestOf(twins: readonly Twin[], call: Evidence): Twin | undefined {
  const least = Math.max(0, twins.length - MAXIMUM_LOOKED_AT)
  let same: Twin | undefined
  let unsure: Twin | undefined
  for (let index = twins.length - 1; index >= least; index--) {
    const twin = twins[index] as Twin
    if (twin.left === 0) continue
    const agreement = agreementOf(call, twin.evidence)
    if (agreement === 'same') {
      if (twin.evidence.traceId === call.traceId) return twin
      same ??= twin
    } else if (agreement === 'unsure') unsure ??= twin
  }
  return same ?? unsure
}

function agreementOf(call: Evidence, twin: Evidence): Agreement {
  const isOverlapping = twin.from <= call.until + CLOCK_STEP && twin.until + CLOCK_STEP >= call.from
  if (!isOverlapping) return 'different'
  // The cost would be lost.
  if (call.usd !== undefined && twin.usd === undefined) return 'different'
  const agreement = compareCalls(call, twin)
  if (agreement !== 'unsure') return agreement
  // An attempt that broke off may have been repeated, with the same prompt.
  const isShown = call.usage !== undefined && twin.usage !== undefined
  if (isShown && (call.unseen | twin.unseen) & Unseen.brokenOff) return 'different'
  const isClose =
    call.traceId === twin.traceId || Math.abs(call.from - twin.from) <= START_TOLERANCE
  return isClose ? 'unsure' : 'different'
}

/** Under what a call is remembered. */
function keysOf(call: Evidence): string[] {
  const { responseId } = call
  const keys = [modelKeyOf(call)]
  const usage = usageKeyOf(call)
  if (usage !== undefined) keys.push(`${responseId === undefined ? 'u' : 'n'} ${usage}`)
  if (responseId !== undefined) keys.push(`i ${responseId}`)
  return keys
}

/** Under what the twin of a call is looked for; one with another id is none. */
function wantedKeysOf(call: Evidence): string[] {
  const { responseId } = call
  const usage = usageKeyOf(call)
  const keys = responseId === undefined ? [] : [`i ${responseId}`]
  if (usage !== undefined) {
    keys.push(`u ${usage}`)
    if (responseId === undefined) keys.push(`n ${usage}`)
  }
  keys.push(modelKeyOf(call))
  return keys
}

function usageKeyOf(call: Evidence): string | undefined {
  const { usage, operation } = call
  if (usage === undefined) return undefined
  const { seconds, characters } = usage
  return `${operation} ${promptOf(usage)} ${outputTokens(usage)} ${seconds + characters}`
}

/** What ids of one model have in common, whatever creator or region stands before. */
function modelKeyOf({ operation, model }: Evidence): string {
  if (model === undefined) return `m ${operation}`
  const name = model.slice(Math.max(model.lastIndexOf('/'), model.lastIndexOf('.')) + 1)
  return `m ${operation} ${name}`
}
