import { LateCounter } from '../diagnostics/late-counter.ts'

/** `costspan.lost_charges` of the global `MeterProvider`. */
export function lostChargesCounter(): LateCounter {
  return new LateCounter({
    name: 'costspan.lost_charges',
    unit: '{charge}',
    description: 'Charges that could not be written to the ledger',
  })
}
