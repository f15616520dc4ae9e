import { outputTokens, Unseen, type Usage } from '../usage/usage.ts'

/** How far two recordings agree: `unsure` where one of them shows too little to tell. */
export type Agreement = 'same' | 'unsure' | 'different'

/** The usage that a span shows, and what it hides as bits of `Unseen`. */
export interface ShownUsage {
  readonly usage: Usage | undefined
  readonly unseen: number
}

/** By which factor guessed counts may miss the provider's. */
const GUESS_FACTOR = 2

const CACHE_MISSING = Unseen.cacheReadsMissing | Unseen.cacheWritesMissing

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
  const input = unseen & Unseen.input || agreesOnInput(usage, otherUsage, one.unseen, other.unseen)
  const output =
    unseen & Unseen.output || agreesOnOutput(usage, otherUsage, one.unseen, other.unseen)
  if (input && output) return 'same'
  return unseen & Unseen.ambiguous && isNear(usage, otherUsage) ? 'unsure' : 'different'
}

function agreesOnInput(
  one: Usage,
  other: Usage,
  unseen: number,
  otherUnseen: number,
): boolean | number {
  const base = promptWithoutCache(one)
  const otherBase = promptWithoutCache(other)
  const read = one.cacheRead
  const written = one.cacheWrite5m + one.cacheWrite1h
  const otherRead = other.cacheRead
  const otherWritten = other.cacheWrite5m + other.cacheWrite1h
  // Bit 1 adds cache reads, bit 2 cache writes: each side may count any of them as input.
  for (let counted = 0; counted < 4; counted++) {
    const sum = base + (counted & 1 ? read : 0) + (counted & 2 ? written : 0)
    for (let otherCounted = 0; otherCounted < 4; otherCounted++) {
      const otherSum =
        otherBase + (otherCounted & 1 ? otherRead : 0) + (otherCounted & 2 ? otherWritten : 0)
      if (sum === otherSum) return true
    }
  }
  if (unseen & (CACHE_MISSING | Unseen.brokenOff) && base <= otherBase + otherRead + otherWritten) {
    return true
  }
  return otherUnseen & (CACHE_MISSING | Unseen.brokenOff) && otherBase <= base + read + written
}

function agreesOnOutput(
  one: Usage,
  other: Usage,
  unseen: number,
  otherUnseen: number,
): boolean | number {
  const output = outputTokens(one)
  const otherOutput = outputTokens(other)
  if (
    output === otherOutput ||
    output - one.reasoning === otherOutput ||
    output === otherOutput - other.reasoning
  ) {
    return true
  }
  const short = Unseen.reasoning | Unseen.brokenOff
  if (unseen & short && output <= otherOutput) return true
  return otherUnseen & short && otherOutput <= output
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
