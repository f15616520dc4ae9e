import type { Difference, Differences } from './differences.ts'
import { expectationOf, type Expected } from './expected.ts'

const LONGEST = 600

/** Prints what differs, by kind, the unexpected last. */
export function printReport(
  { found, compared, differing }: Differences,
  expected: readonly Expected[],
  missing: readonly string[],
): void {
  const byCount = [...found.values()].toSorted((one, other) => other.count - one.count)
  const unexpected = byCount.filter((one) => expectationOf(one, expected) === undefined)
  const wanted = byCount.filter((one) => expectationOf(one, expected) !== undefined)
  write(`${compared} results compared, ${differing} differ in ${found.size} ways`)
  for (const difference of wanted) {
    const entry = expectationOf(difference, expected)
    write(`\nexpected, ${difference.count} times: ${difference.kind}`)
    for (const line of [entry?.changed ?? []].flat()) write(`  ${line}`)
  }
  for (const difference of unexpected) write(described(difference))
  for (const line of missing) write(`\nnot below "Changed" of CHANGELOG.md: ${line}`)
  write(`\n${unexpected.length} ways are unexpected`)
}

function described({ kind, count, id, path, before, after }: Difference): string {
  return [
    `\nUNEXPECTED, ${count} times: ${kind}`,
    `  first in: ${id}`,
    `  at:       ${path}`,
    `  old:      ${cut(before)}`,
    `  new:      ${cut(after)}`,
  ].join('\n')
}

function cut(value: unknown): string {
  const text = JSON.stringify(value) ?? 'absent'
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

function write(line: string): void {
  process.stdout.write(`${line}\n`)
}
