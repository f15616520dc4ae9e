import type { Charge } from '../charge/charge.ts'
import { NEVER_ENDED } from '../charge/compute-outcome.ts'
import type { Series } from './series-limit.ts'

/** Calls that are remembered, some 200 bytes each. */
const MAXIMUM_CALLS = 10_000

interface GivenUp {
  readonly traceId: string
  readonly at: number
  readonly labels: Series['labels']
}

/** Whether the span of a call was given up: it may still end, and is charged once more then. */
export function isGivenUp({ usd, reason }: Charge): boolean {
  return usd === undefined && reason === NEVER_ENDED
}

/** Calls whose spans were given up, each counted once; the oldest are forgotten beyond a maximum. */
export class GivenUpCalls {
  readonly #bySpan = new Map<string, GivenUp>()

  get isEmpty(): boolean {
    return this.#bySpan.size === 0
  }

  has({ traceId, spanId, at }: Charge): boolean {
    const known = this.#bySpan.get(spanId)
    return known !== undefined && known.traceId === traceId && known.at === at
  }

  /** Returns the labels of the call that is forgotten for it, if one is. */
  add({ traceId, spanId, at }: Charge, labels: Series['labels']): Series['labels'] | undefined {
    const replaced = this.#bySpan.get(spanId)
    this.#bySpan.delete(spanId)
    this.#bySpan.set(spanId, { traceId, at, labels })
    if (replaced !== undefined) return replaced.labels
    if (this.#bySpan.size <= MAXIMUM_CALLS) return undefined
    const [oldest] = this.#bySpan
    if (oldest === undefined) return undefined
    this.#bySpan.delete(oldest[0])
    return oldest[1].labels
  }

  /** Forgets a call that has ended after all; returns the labels it was counted by. */
  take(charge: Charge): Series['labels'] | undefined {
    if (!this.has(charge)) return undefined
    const labels = this.#bySpan.get(charge.spanId)?.labels
    this.#bySpan.delete(charge.spanId)
    return labels
  }
}
