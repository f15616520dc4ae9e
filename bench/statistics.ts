export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle) - 1] ?? NaN)) / 2
}

/** Of pairs that were measured side by side: what the machine did to both cancels out. */
export function medianDifference(values: readonly number[], bases: readonly number[]): number {
  return median(values.map((value, index) => value - (bases[index] ?? NaN)))
}
