import { LONGEST_ID } from '../conventions/model-call.ts'
import { parsePattern, type Part } from './pattern-parts.ts'
import { compile } from './pattern-program.ts'

/**
 * The number of ways through a pattern that the engine may have to try, as for `^a.*b.*$`. Patterns with more ways run
 * in `pattern-program.ts`, which takes one step for each part and character.
 */
const MAXIMUM_WAYS = LONGEST_ID ** 2

/** Whether an id matches. */
export type IdPattern = (id: string) => boolean

/**
 * Matches ids from outside with a RegExp of the user in bounded time: a backtracking engine needs seconds
 * for `^(a+)+$` and 29 characters. Returns `undefined` if there is no such bound. No id is longer than `LONGEST_ID`.
 */
export function idPattern(pattern: RegExp): IdPattern | undefined {
  const parts = parsePattern(pattern)
  const starts = isAnchored(parts) && !pattern.multiline ? 1 : LONGEST_ID
  if (starts * waysOf(parts) <= MAXIMUM_WAYS) return (id) => pattern.test(id)
  return compile(parts, pattern)
}

function isAnchored(part: Part): boolean {
  if (part.kind === 'assertion') return part.source === '^'
  if (part.kind !== 'sequence') return part.kind === 'choice' && part.parts.every(isAnchored)
  const [first] = part.parts
  return first !== undefined && isAnchored(first)
}

/** How many ways a part may match at one place, at most. */
function waysOf(part: Part): number {
  switch (part.kind) {
    case 'sequence':
      return part.parts.reduce((ways, each) => ways * waysOf(each), 1)
    case 'choice':
      return part.parts.reduce((ways, each) => ways + waysOf(each), 0)
    case 'lookahead':
    case 'other':
      return waysOf(part.part)
    case 'repeat':
      return waysOfRepeat(waysOf(part.part), part.least, part.most)
    default:
      return 1
  }
}

function waysOfRepeat(ways: number, least: number, most: number): number {
  if (most <= 1) return 1 - least + ways
  if (ways > 1) return Number.POSITIVE_INFINITY
  return Math.min(most - least + 1, LONGEST_ID)
}
