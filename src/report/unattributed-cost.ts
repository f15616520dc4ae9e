import { metrics, type Counter, type MeterProvider } from '@opentelemetry/api'
import type { Charge } from '../charge/charge.ts'
import { catchRejection } from '../thenable.ts'

/**
 * Counts what nobody pays for, in US dollars, as `costspan.unattributed_cost` of the global
 * `MeterProvider`; `cost.attribution` tells whether nobody was known or an id was left out.
 */
export class UnattributedCost {
  #provider: MeterProvider | undefined
  #counter: Counter | undefined

  add({ usd, attribution }: Charge): void {
    if (attribution.userId !== undefined || usd === undefined) return
    const added: unknown = this.#counterNow().add(usd, {
      'cost.attribution': attribution.redacted === true ? 'redacted' : 'none',
    })
    if (added !== undefined) catchRejection(added)
  }

  /** An application may register its provider after this processor, or another one. */
  #counterNow(): Counter {
    const provider = metrics.getMeterProvider()
    if (this.#counter === undefined || this.#provider !== provider) {
      this.#provider = provider
      const meter = provider.getMeter('costspan')
      // A provider may be anybody's code; the error that follows reports it.
      catchRejection(meter)
      this.#counter = meter.createCounter('costspan.unattributed_cost', {
        unit: '{USD}',
        description: 'Cost of AI calls without a user',
      })
    }
    return this.#counter
  }
}
