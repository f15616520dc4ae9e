import type { Charge } from '../charge/charge.ts'
import { LateCounter } from './late-counter.ts'

const redacted = { 'cost.attribution': 'redacted' }
const none = { 'cost.attribution': 'none' }

/** Spans whose cost is counted; one more processor that is registered counts none of them again. */
const counted = new WeakSet<object>()

/**
 * Counts what nobody pays for, in US dollars, as `costspan.unattributed_cost` of the global
 * `MeterProvider`; `cost.attribution` tells whether nobody was known or an id was left out.
 */
export class UnattributedCost {
  /** An application may register its provider after this processor, or another one. */
  readonly #counter = new LateCounter({
    name: 'costspan.unattributed_cost',
    unit: '{USD}',
    description: 'Cost of AI calls without a user',
  })

  add({ usd, attribution }: Charge, span: object): void {
    if (attribution.userId !== undefined || usd === undefined || counted.has(span)) return
    counted.add(span)
    this.#counter.add(usd, attribution.redacted === true ? redacted : none)
  }
}
