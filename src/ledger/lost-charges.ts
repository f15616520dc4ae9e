import { metrics } from '@opentelemetry/api'

/** Counts charges that a ledger could not keep, as `costspan.lost_charges`. */
export function countLostCharges(count: number): void {
  metrics
    .getMeter('costspan')
    .createCounter('costspan.lost_charges', {
      unit: '{charge}',
      description: 'Charges that could not be written to the ledger',
    })
    .add(count)
}
