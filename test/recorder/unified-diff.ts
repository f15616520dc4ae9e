/** Lines of context around a change. */
const CONTEXT = 3
/** How far a change may reach before both texts agree again. */
const FARTHEST = 400
/** That many equal lines in a row end a change: one alone, such as a brace, proves nothing. */
const AGREEING = 4
const MOST_HUNKS = 8

interface Change {
  before: { from: number; to: number }
  after: { from: number; to: number }
}

/** A unified diff of two texts, good enough to read: of large differences it shows the first hunks. */
export function unifiedDiff(path: string, before: string, after: string): string {
  const old = before.split('\n')
  const current = after.split('\n')
  const changes = [...changesOf(old, current)]
  const hunks = changes.slice(0, MOST_HUNKS).map((change) => hunk(old, current, change))
  const rest = changes.length - hunks.length
  const more = rest > 0 ? [`… and ${rest} more changes`] : []
  return [`--- ${path}`, `+++ ${path} (recorded now)`, ...hunks.flat(), ...more].join('\n')
}

function* changesOf(old: string[], current: string[]): Generator<Change> {
  let left = 0
  let right = 0
  while (left < old.length || right < current.length) {
    if (left < old.length && old[left] === current[right]) {
      left += 1
      right += 1
      continue
    }
    const [removed, added] = lengthOfChange(old, left, current, right)
    yield { before: { from: left, to: left + removed }, after: { from: right, to: right + added } }
    left += removed
    right += added
  }
}

/** The smallest change after which both texts go on alike. */
function lengthOfChange(
  old: string[],
  left: number,
  current: string[],
  right: number,
): [removed: number, added: number] {
  for (let size = 1; size < FARTHEST; size += 1) {
    for (let removed = 0; removed <= size; removed += 1) {
      const added = size - removed
      if (agree(old, left + removed, current, right + added)) return [removed, added]
    }
  }
  return [old.length - left, current.length - right]
}

function agree(old: string[], left: number, current: string[], right: number): boolean {
  if (left > old.length || right > current.length) return false
  const expected = old.slice(left, left + AGREEING)
  const found = current.slice(right, right + AGREEING)
  return expected.length === found.length && expected.every((line, index) => line === found[index])
}

function hunk(old: string[], current: string[], { before, after }: Change): string[] {
  const start = Math.max(0, before.from - CONTEXT)
  return [
    `@@ -${before.from + 1},${before.to - before.from} +${after.from + 1},${after.to - after.from} @@`,
    ...old.slice(start, before.from).map((line) => ` ${line}`),
    ...old.slice(before.from, before.to).map((line) => `-${line}`),
    ...current.slice(after.from, after.to).map((line) => `+${line}`),
    ...old.slice(before.to, before.to + CONTEXT).map((line) => ` ${line}`),
  ]
}
