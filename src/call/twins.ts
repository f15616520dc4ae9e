import { mayBeSameCall, type CallIdentity } from './model-call.ts'

/** Calls of one recorder that are remembered. */
const REMEMBERED = 1024

/** Milliseconds by which two spans may miss each other: a span's start is a whole millisecond, its end is not. */
const CLOCK_STEP = 1

/** When a call was under way, in milliseconds since the epoch; without an end while it is. */
export interface Twin extends CallIdentity {
  readonly from: number
  until: number
}

/** When a call ended, in milliseconds since the epoch. */
export function endOf(at: number, durationSeconds: number | undefined): number {
  return at + (durationSeconds ?? 0) * 1000
}

/**
 * The calls that one recorder tells, for those of another to be matched to. Where the spans of both
 * stand side by side, what is asked and the time are all that they share.
 */
export class Twins {
  readonly #calls: Twin[] = []

  /** Notes a call, which is under way unless it is said when it ended. */
  note({ operation, model }: CallIdentity, from: number, until = Number.POSITIVE_INFINITY): Twin {
    const twin: Twin = { operation, model, from, until }
    if (this.#calls.length >= REMEMBERED) this.#calls.shift()
    this.#calls.push(twin)
    return twin
  }

  /** Whether such a call was noted. */
  has(call: CallIdentity, from: number, until: number): boolean {
    return this.#find(call, from, until) !== -1
  }

  /** The same, and forgets it: each stands for one. */
  take(call: CallIdentity, from: number, until: number): boolean {
    const index = this.#find(call, from, until)
    if (index === -1) return false
    this.#calls.splice(index, 1)
    return true
  }

  /** The newest first: what nobody will ask for stays until it is the oldest. */
  #find(call: CallIdentity, from: number, until: number): number {
    return this.#calls.findLastIndex(
      (twin) =>
        twin.from <= until + CLOCK_STEP &&
        twin.until + CLOCK_STEP >= from &&
        mayBeSameCall(call, twin),
    )
  }
}
