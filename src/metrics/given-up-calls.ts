import type { Charge } from '../charge/charge.ts'
import { NEVER_ENDED } from '../charge/compute-outcome.ts'
import type { Series } from './series-limit.ts'

/** Maximum number of calls in memory, some 200 bytes each. */
const MAXIMUM_CALLS = 10_000

interface GivenUp {
  readonly traceId: string
  readonly at: number
  readonly labels: Series['labels']
}

/** Whether a call was abandoned: its span may still end, and then the call is charged once more. */
export function isGivenUp({ usd, reason }: Charge): boolean {
  return usd === undefined && reason === NEVER_ENDED
}

/** Abandoned calls, each counted once. Beyond the maximum the oldest is evicted. */
export class GivenUpCalls {
  readonly #bySpan = new Map<string, GivenUp>()

  get isEmpty(): boolean {
    return this.#bySpan.size === 0
  }

  has({ traceId, spanId, at }: Charge): boolean {
    const known = this.#bySpan.get(spanId)
    return known !== undefined && known.traceId === traceId && known.at === at
  }

  /** Adds a call. Returns the labels of the call that is evicted for it, if one is. */
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

  /** Removes a call that has ended after all. Returns the labels under which it was counted. */
  take(charge: Charge): Series['labels'] | undefined {
    if (!this.has(charge)) return undefined
    const labels = this.#bySpan.get(charge.spanId)?.labels
    this.#bySpan.delete(charge.spanId)
    return labels
  }
}
