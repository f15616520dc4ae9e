/**
 * How often a test repeats itself: all of CI takes the second number (`FULL_RUNS=1`), `npm test` the first, for which
 * nobody has to wait long. Seeds are fixed, so the first number is the beginning of the second.
 */
export function runsOf(atHand: number, inCi: number): number {
  return process.env['FULL_RUNS'] === '1' ? inCi : atHand
}
