/** The candidates that are most similar to `text`, the most similar first. */
export function suggest(text: string, candidates: readonly string[], count: number): string[] {
  const lowerCase = text.slice(0, 100).toLowerCase()
  return candidates
    .map((each) => ({ each, distance: distance(lowerCase, each.toLowerCase()) }))
    .toSorted((one, other) => one.distance - other.distance || (one.each < other.each ? -1 : 1))
    .slice(0, count)
    .map(({ each }) => each)
}

/** Levenshtein distance: the number of characters to insert, delete or replace. */
function distance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 0; row < one.length; row++) {
    const character = one[row]
    const current = [row + 1]
    for (let column = 1; column <= other.length; column++) {
      const changed = (above[column - 1] ?? 0) + (character === other[column - 1] ? 0 : 1)
      const added = Math.min(above[column] ?? 0, current[column - 1] ?? 0) + 1
      current.push(Math.min(changed, added))
    }
    above = current
  }
  return above[other.length] ?? 0
}
