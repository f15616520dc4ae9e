import type { Charge } from './charge.ts'

/** The charge of a call that another span of the same trace or another trace already carries. */
export function duplicateOf(charge: Charge): Charge {
  return {
    ...charge,
    usd: undefined,
    listed: undefined,
    source: undefined,
    status: 'unpriced',
    reason: 'recorded_twice',
  }
}
