/** The texts that are most like `text`, closest first. */
export function nearest(text: string, among: readonly string[], count: number): string[] {
  const wanted = text.slice(0, 100).toLowerCase()
  return among
    .map((each) => ({ each, distance: distance(wanted, each.toLowerCase()) }))
    .toSorted((one, other) => one.distance - other.distance || (one.each < other.each ? -1 : 1))
    .slice(0, count)
    .map(({ each }) => each)
}

/** Levenshtein's: how many characters have to be put in, taken out or changed. */
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
