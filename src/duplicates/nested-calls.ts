import { noUsage, type Usage } from '../usage/usage.ts'
import { compareUsage, type Agreement } from './compare-usage.ts'
import { compareNested, type Evidence } from './evidence.ts'

/** A call inside another that has ended. */
export interface InnerCall {
  readonly evidence: Evidence
  /** Whether a cost or its lack was charged here; if not, another span carries this very call. */
  readonly isCharged: boolean
}

/** Calls that are remembered inside one call. */
export const MAXIMUM_INNER = 1024

/** Up to so many calls every choice of them is tried for a sum. */
const MAXIMUM_CHOICES = 8

/**
 * Whether a call that ends is one of the calls inside it, or several of them together, recorded a
 * second time. What is inside and shows something else is a call of its own, such as a guardrail
 * in a middleware.
 */
export function matchInside(outer: Evidence, inside: readonly InnerCall[]): Agreement {
  let isUnsure = false
  for (const { evidence } of inside) {
    // A call whose cost is known stands in for a recording that shows none.
    if (outer.usd !== undefined && evidence.usd === undefined) continue
    const agreement = compareNested(outer, evidence)
    if (agreement === 'same') return 'same'
    if (agreement === 'unsure') isUnsure = true
  }
  if (inside.length > 1 && !hasOtherId(outer, inside) && isSum(outer, inside)) return 'same'
  return isUnsure ? 'unsure' : 'different'
}

/** A sum of calls has the id of one of them, or none: with an id of its own it is a call of its own. */
function hasOtherId({ responseId }: Evidence, inside: readonly InnerCall[]): boolean {
  return (
    responseId !== undefined &&
    inside.every(({ evidence }) => {
      return evidence.responseId !== undefined && evidence.responseId !== responseId
    })
  )
}

function isSum(outer: Evidence, inside: readonly InnerCall[]): boolean {
  const parts: Usage[] = []
  for (const { evidence, isCharged } of inside) {
    if (isCharged && evidence.usage !== undefined) parts.push(evidence.usage)
  }
  if (parts.length < 2) return false
  if (parts.length <= MAXIMUM_CHOICES) return isSumOfSome(outer, parts, 0, noUsage)
  const all = parts.reduce((sum, part) => added(sum, part, 1), noUsage)
  return equals(outer, all) || parts.some((part) => equals(outer, added(all, part, -1)))
}

/** Of a single part it is known already that it is another call. */
function isSumOfSome(
  outer: Evidence,
  parts: readonly Usage[],
  index: number,
  sum: Usage,
  summed = 0,
): boolean {
  const part = parts[index]
  if (part === undefined) return summed > 1 && equals(outer, sum)
  return (
    isSumOfSome(outer, parts, index + 1, added(sum, part, 1), summed + 1) ||
    isSumOfSome(outer, parts, index + 1, sum, summed)
  )
}

function equals(outer: Evidence, usage: Usage): boolean {
  return compareUsage(outer, { usage, unseen: 0 }) === 'same'
}

function added(sum: Usage, part: Usage, sign: 1 | -1): Usage {
  return {
    input: sum.input + sign * part.input,
    cacheRead: sum.cacheRead + sign * part.cacheRead,
    cacheWrite5m: sum.cacheWrite5m + sign * part.cacheWrite5m,
    cacheWrite1h: sum.cacheWrite1h + sign * part.cacheWrite1h,
    output: sum.output + sign * part.output,
    reasoning: sum.reasoning + sign * part.reasoning,
    audioInput: sum.audioInput + sign * part.audioInput,
    audioOutput: sum.audioOutput + sign * part.audioOutput,
    imageInput: sum.imageInput + sign * part.imageInput,
    imageOutput: sum.imageOutput + sign * part.imageOutput,
    characters: sum.characters + sign * part.characters,
    seconds: sum.seconds + sign * part.seconds,
    searches: sum.searches + sign * part.searches,
  }
}
