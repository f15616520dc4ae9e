import * as Unseen from '../usage/unseen.ts'
import { outputTokens, type Usage } from '../usage/usage.ts'

/** How far two recordings agree: `unsure` where one of them shows too little to tell. */
export type Agreement = 'same' | 'unsure' | 'different'

/** The usage that a span shows, and what it hides as bits of `Unseen`. */
export interface ShownUsage {
  readonly usage: Usage | undefined
  readonly unseen: number
}

/** By which factor guessed counts may miss the provider's. */
const GUESS_FACTOR = 2

/**
 * Compares the usage of two recordings of what may be one call. Instrumentations count a prompt
 * with or without what a cache held, and an answer with or without reasoning.
 */
export function compareUsage(one: ShownUsage, other: ShownUsage): Agreement {
  const { usage } = one
  const { usage: otherUsage } = other
  if (usage === undefined || otherUsage === undefined) return 'unsure'
  const unseen = one.unseen | other.unseen
  if (unseen & Unseen.input && unseen & Unseen.output) return 'unsure'
  if (usage.seconds !== otherUsage.seconds && usage.seconds * otherUsage.seconds > 0)
    return 'different'
  if (usage.characters !== otherUsage.characters && usage.characters * otherUsage.characters > 0) {
    return 'different'
  }
  const input = unseen & Unseen.input ? 'unsure' : compareInput(one, usage, other, otherUsage)
  const output = unseen & Unseen.output ? 'unsure' : compareOutput(one, usage, other, otherUsage)
  if (input === 'same' && output === 'same') return 'same'
  // Two halves that merely do not contradict each other show nothing.
  if (input === 'same' ? output === 'unsure' : input === 'unsure' && output === 'same') {
    return 'unsure'
  }
  return unseen & Unseen.ambiguous && isNear(usage, otherUsage) ? 'unsure' : 'different'
}

function compareInput(
  { unseen }: ShownUsage,
  usage: Usage,
  { unseen: otherUnseen }: ShownUsage,
  otherUsage: Usage,
): Agreement {
  const base = promptWithoutCache(usage)
  const otherBase = promptWithoutCache(otherUsage)
  const read = usage.cacheRead
  const written = usage.cacheWrite5m + usage.cacheWrite1h
  const otherRead = otherUsage.cacheRead
  const otherWritten = otherUsage.cacheWrite5m + otherUsage.cacheWrite1h
  // Bit 1 adds cache reads, bit 2 cache writes: each side may count any of them as input.
  for (let counted = 0; counted < 4; counted++) {
    const sum = base + (counted & 1 ? read : 0) + (counted & 2 ? written : 0)
    for (let otherCounted = 0; otherCounted < 4; otherCounted++) {
      const otherSum =
        otherBase + (otherCounted & 1 ? otherRead : 0) + (otherCounted & 2 ? otherWritten : 0)
      if (sum === otherSum) return 'same'
    }
  }
  const mayBeLess = isHidden(unseen, otherUnseen) && base <= otherBase + otherRead + otherWritten
  const mayBeMore = isHidden(otherUnseen, unseen) && otherBase <= base + read + written
  return mayBeLess || mayBeMore ? 'unsure' : 'different'
}

/**
 * Whether one recorder may leave out cached tokens that the other counts as input without a word.
 * A recorder that shows its cached tokens hides none, so that the numbers have to be equal.
 */
function isHidden(unseen: number, otherUnseen: number): boolean {
  return (
    (unseen & Unseen.cacheReadsMissing && otherUnseen & Unseen.cacheReadsInInput) !== 0 ||
    (unseen & Unseen.cacheWritesMissing && otherUnseen & Unseen.cacheWritesInInput) !== 0
  )
}

function compareOutput(
  { unseen }: ShownUsage,
  usage: Usage,
  { unseen: otherUnseen }: ShownUsage,
  otherUsage: Usage,
): Agreement {
  const output = outputTokens(usage)
  const otherOutput = outputTokens(otherUsage)
  if (
    output === otherOutput ||
    output - usage.reasoning === otherOutput ||
    output === otherOutput - otherUsage.reasoning
  ) {
    return 'same'
  }
  const mayBeLess = isShort(unseen, otherUsage) && output <= otherOutput
  const mayBeMore = isShort(otherUnseen, usage) && otherOutput <= output
  return mayBeLess || mayBeMore ? 'unsure' : 'different'
}

/** Whether a recorder may miss output that the other one counts. */
function isShort(unseen: number, { reasoning: otherReasoning }: Usage): boolean {
  if (unseen & Unseen.brokenOff) return true
  // If the other one shows the reasoning, the rest has to be equal.
  return (unseen & Unseen.reasoning) !== 0 && otherReasoning === 0
}

function isNear(one: Usage, other: Usage): boolean {
  return (
    isWithinFactor(promptOf(one), promptOf(other)) &&
    isWithinFactor(outputTokens(one), outputTokens(other))
  )
}

function isWithinFactor(one: number, other: number): boolean {
  return one <= other * GUESS_FACTOR && other <= one * GUESS_FACTOR
}

function promptWithoutCache({ input, audioInput, imageInput }: Usage): number {
  return input + audioInput + imageInput
}

/** The prompt with all that a cache held. */
export function promptOf(usage: Usage): number {
  return promptWithoutCache(usage) + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h
}
