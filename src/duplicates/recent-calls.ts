import * as Unseen from '../usage/unseen.ts'
import { DIFFERENT, promptTokens, SAME, UNSURE, type Agreement } from './compare-usage.ts'
import { compareCalls, type Evidence } from './evidence.ts'

/** Calls that are remembered at most. Those of one generation are evicted together. */
const MAXIMUM_REMEMBERED = 32_768
const GENERATION_SIZE = 1024

/** How long a call is remembered at least, in milliseconds of the spans' own time, and how long a generation grows. */
const RETENTION_MILLISECONDS = 600_000
const GENERATION_MILLISECONDS = 75_000

/** Two spans may miss each other by so many milliseconds: a span's start is a whole millisecond, its end is not. */
const CLOCK_STEP_MILLISECONDS = 1

/** How far apart two spans of one call start at most, in milliseconds, where little else connects them. */
const START_TOLERANCE_MILLISECONDS = 50

/** Candidates that are compared under one key, newest first. */
const MAXIMUM_COMPARED = 256

interface RecentCall {
  readonly evidence: Evidence
  readonly generation: Generation
  /** How many spans of other instrumentations it still matches. */
  remaining: number
}

/** Calls that ended in one stretch of time. They are evicted together. */
interface Generation {
  readonly byKey: Map<string, RecentCall[]>
  /** When the first and the last of them ended, in milliseconds since the epoch. */
  readonly from: number
  until: number
  size: number
}

/**
 * Calls of one instrumentation that have ended. Spans of another instrumentation beside them are
 * matched to these, each once: by the response id first, then by equal usage, then by what else
 * the two may agree on; of equal calls one of the same trace. A call that contradicts never matches.
 */
export class RecentCalls {
  /** The newest first. */
  readonly #generations: Generation[] = []
  #size = 0
  /** When the last call ended that was evicted for lack of room. */
  #evictedUntil = Number.NEGATIVE_INFINITY

  /** Remembers a call that matches `spans` spans of others. */
  note(evidence: Evidence, spans = 1): void {
    const { until } = evidence
    const generation = this.#generationAt(until)
    generation.until = Math.max(generation.until, until)
    generation.size++
    this.#size++
    const call = { evidence, generation, remaining: spans }
    for (const key of keysOf(evidence, false)) {
      const calls = generation.byKey.get(key)
      if (calls === undefined) generation.byKey.set(key, [call])
      else calls.push(call)
    }
    this.#evict(until)
  }

  /** Finds the call that a span of another instrumentation shows, which then matches one span fewer. */
  take(wanted: Evidence): Agreement {
    let best: RecentCall | undefined
    let bestAgreement: Agreement = DIFFERENT
    for (const key of keysOf(wanted, true)) {
      const found = this.#bestOf(key, wanted)
      const agreement = found === undefined ? DIFFERENT : compareBeside(wanted, found.evidence)
      if (agreement > bestAgreement) {
        best = found
        bestAgreement = agreement
      }
      if (agreement === SAME) break
    }
    // Of a call with usage there may be several attempts without.
    if (best && (bestAgreement === SAME || wanted.amounts || !best.evidence.amounts)) {
      this.#spend(best)
    }
    return bestAgreement
  }

  /** Whether the call that this span shows may have been evicted. */
  mayHaveEvicted({ from }: Evidence): boolean {
    return from <= this.#evictedUntil + CLOCK_STEP_MILLISECONDS
  }

  /** The newest call that is the same, if there is one in the same trace; else one that may be the same. */
  #bestOf(key: string, wanted: Evidence): RecentCall | undefined {
    let same: RecentCall | undefined
    let unsure: RecentCall | undefined
    let left = MAXIMUM_COMPARED
    for (const { byKey } of this.#generations) {
      const calls = byKey.get(key) ?? []
      for (let index = calls.length - 1; index >= 0 && left > 0; index--, left--) {
        const call = calls[index] as RecentCall
        const agreement = compareBeside(wanted, call.evidence)
        if (agreement === UNSURE) unsure ??= call
        if (agreement < SAME) continue
        if (call.evidence.traceId === wanted.traceId) return call
        same ??= call
      }
    }
    return same ?? unsure
  }

  #generationAt(until: number): Generation {
    const [newest] = this.#generations
    const isOpen =
      newest !== undefined &&
      newest.size < GENERATION_SIZE &&
      until - newest.from < GENERATION_MILLISECONDS
    if (isOpen) return newest
    const next = { byKey: new Map(), from: until, until, size: 0 }
    this.#generations.unshift(next)
    return next
  }

  #evict(now: number): void {
    for (let oldest; (oldest = this.#generations.at(-1)); this.#generations.pop()) {
      const isFull = this.#size > MAXIMUM_REMEMBERED
      if (!isFull && now - oldest.until < RETENTION_MILLISECONDS) return
      if (isFull) this.#evictedUntil = Math.max(this.#evictedUntil, oldest.until)
      this.#size -= oldest.size
    }
  }

  /** Takes a call out that matches no further span: near the end of its lists, for most calls are matched soon. */
  #spend(call: RecentCall): void {
    if (--call.remaining > 0) return
    const { evidence, generation } = call
    generation.size--
    this.#size--
    for (const key of keysOf(evidence, false)) {
      const calls = generation.byKey.get(key) ?? []
      calls.splice(calls.lastIndexOf(call), 1)
      if (calls.length === 0) generation.byKey.delete(key)
    }
  }
}

/** Whether two spans beside each other show one call. */
function compareBeside(call: Evidence, other: Evidence): Agreement {
  const isOverlapping =
    other.from <= call.until + CLOCK_STEP_MILLISECONDS &&
    other.until + CLOCK_STEP_MILLISECONDS >= call.from
  // If the other span has no cost, a match would lose it.
  if (!isOverlapping || (call.usd !== undefined && other.usd === undefined)) return DIFFERENT
  const agreement = compareCalls(call, other)
  if (agreement !== UNSURE) return agreement
  const areShown = call.amounts !== undefined && other.amounts !== undefined
  // An attempt that broke off may have been repeated, with the same prompt.
  if (areShown && (call.unseen | other.unseen) & Unseen.brokenOff) return DIFFERENT
  return call.traceId === other.traceId ||
    Math.abs(call.from - other.from) <= START_TOLERANCE_MILLISECONDS
    ? UNSURE
    : DIFFERENT
}

/**
 * The keys that a call is remembered under, or looked for under: by response id, by usage with and
 * without an id, by model. Calls with another id are not looked for.
 */
function keysOf(
  { responseId, operation, model = '', amounts }: Evidence,
  isWanted: boolean,
): string[] {
  const keys = responseId === undefined ? [] : [`i ${responseId}`]
  if (amounts !== undefined) {
    const [, , , output, , seconds, characters] = amounts
    const usage = `${operation} ${promptTokens(amounts)} ${output} ${seconds + characters}`
    if (isWanted || responseId === undefined) keys.push(`u ${usage}`)
    if (isWanted === (responseId === undefined)) keys.push(`n ${usage}`)
  }
  // What the ids of one model have in common, whatever creator or region precedes them.
  const start = Math.max(model.lastIndexOf('/'), model.lastIndexOf('.')) + 1
  keys.push(`m ${operation} ${model.slice(start)}`)
  return keys
}
