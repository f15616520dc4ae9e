/** Entries of one generation; two are kept. */
const GENERATION = 4096

/**
 * Which spans have a priced call below them, learned from the spans that ended before: children
 * end first. Bounded: the oldest generation is forgotten, after some thousand calls.
 */
export class CarriedCalls {
  #young = new Map<string, boolean>()
  #old = new Map<string, boolean>()

  /** Whether calls ended below the span, and whether one of them carries a cost. */
  below(spanId: string): 'none' | 'unpriced' | 'priced' {
    const priced = this.#young.get(spanId) ?? this.#old.get(spanId)
    return priced === undefined ? 'none' : priced ? 'priced' : 'unpriced'
  }

  /** Hands what is below an ended span on to its parent. */
  passOn(parentSpanId: string | undefined, priced: boolean): void {
    if (parentSpanId === undefined) return
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(parentSpanId, priced || this.below(parentSpanId) === 'priced')
  }
}
