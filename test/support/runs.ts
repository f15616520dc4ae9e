/**
 * How often a test repeats itself: CI takes the second number (`FULL_RUNS=1`), `npm test` the first, which takes less
 * time. Seeds are fixed, so the runs of the first number are the beginning of those of the second.
 */
export function runsOf(atHand: number, inCi: number): number {
  return process.env['FULL_RUNS'] === '1' ? inCi : atHand
}
