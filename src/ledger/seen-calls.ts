import type { Charge } from '../charge/charge.ts'
import { chargeId } from './line.ts'

/** What a `Set` of V8 holds, less some. */
const MOST_IN_A_SET = 16_000_000

/** The calls of a ledger that were read, in some 60 bytes each. */
export class SeenCalls {
  #newest = new Set<string>()
  readonly #sets = [this.#newest]

  has(key: string): boolean {
    return this.#sets.some((set) => set.has(key))
  }

  add(key: string): void {
    if (this.#newest.size >= MOST_IN_A_SET) {
      this.#newest = new Set()
      this.#sets.push(this.#newest)
    }
    this.#newest.add(key)
  }
}

/** Tells a call from every other, as `chargeId`; ids of OpenTelemetry in half as many characters. */
export function callKey(charge: Pick<Charge, 'traceId' | 'spanId'>): string {
  const bytes = Buffer.from(charge.traceId + charge.spanId, 'hex')
  return bytes.length === 24 ? bytes.toString('latin1') : chargeId(charge)
}
