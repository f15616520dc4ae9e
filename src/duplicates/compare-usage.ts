import * as Unseen from '../usage/unseen.ts'
import { outputTokens, type Usage } from '../usage/usage.ts'

/** How far two spans agree, in rising order: `UNSURE` where one of them shows too little to decide. */
export type Agreement = typeof DIFFERENT | typeof UNSURE | typeof SAME
export const DIFFERENT = 0
export const UNSURE = 1
export const SAME = 2

/** The parts of a usage that instrumentations count alike, or differ in by a known rule. */
export type Amounts = readonly [
  /** Tokens of the prompt that are neither cache reads nor cache writes. */
  prompt: number,
  cacheReads: number,
  cacheWrites: number,
  /** Tokens of the answer, reasoning included. */
  output: number,
  reasoning: number,
  seconds: number,
  characters: number,
]

/** The usage on a span, and what the span does not show of it as bits of `Unseen`. */
export interface ShownUsage {
  /** `undefined` if the span shows no usage. */
  readonly amounts: Amounts | undefined
  /** Bits of `unseen.ts`. */
  readonly unseen: number
}

/** Estimated token counts may be off by this factor. */
const ESTIMATE_FACTOR = 2

export function amountsOf(usage: Usage): Amounts {
  return [
    usage.input + usage.audioInput + usage.imageInput,
    usage.cacheRead,
    usage.cacheWrite5m + usage.cacheWrite1h,
    outputTokens(usage),
    usage.reasoning,
    usage.seconds,
    usage.characters,
  ]
}

/** Tokens of the prompt, cache reads and cache writes included. */
export function promptTokens([prompt, cacheReads, cacheWrites]: Amounts): number {
  return prompt + cacheReads + cacheWrites
}

/**
 * Compares the usage on two spans that may show one call. Instrumentations count a prompt with or
 * without cached tokens, and an answer with or without reasoning.
 */
export function compareUsage(
  { amounts: one, unseen: oneUnseen }: ShownUsage,
  { amounts: other, unseen: otherUnseen }: ShownUsage,
): Agreement {
  if (one === undefined || other === undefined) return UNSURE
  const unseen = oneUnseen | otherUnseen
  const [, , , oneOutput, , oneSeconds, oneCharacters] = one
  const [, , , otherOutput, , otherSeconds, otherCharacters] = other
  if (unseen & Unseen.input && unseen & Unseen.output) return UNSURE
  if (contradict(oneSeconds, otherSeconds) || contradict(oneCharacters, otherCharacters)) {
    return DIFFERENT
  }
  let input: Agreement = UNSURE
  if (!(unseen & Unseen.input)) {
    input = agreement(
      promptSums(one).some((sum) => promptSums(other).includes(sum)),
      mayMissCached(one, oneUnseen, other, otherUnseen) ||
        mayMissCached(other, otherUnseen, one, oneUnseen),
    )
  }
  let output: Agreement = UNSURE
  if (!(unseen & Unseen.output)) {
    output = agreement(
      oneOutput === otherOutput || isWithoutReasoning(one, other) || isWithoutReasoning(other, one),
      mayMissOutput(one, oneUnseen, other) || mayMissOutput(other, otherUnseen, one),
    )
  }
  const both = input + output
  // Two halves that merely do not contradict each other prove nothing.
  if (both > SAME) return both > SAME + UNSURE ? SAME : UNSURE
  const isEstimate =
    unseen & Unseen.ambiguous &&
    isNear(promptTokens(one), promptTokens(other)) &&
    isNear(oneOutput, otherOutput)
  return isEstimate ? UNSURE : DIFFERENT
}

function agreement(isSame: boolean, mayBeSame: boolean): Agreement {
  if (isSame) return SAME
  return mayBeSame ? UNSURE : DIFFERENT
}

/** Whether both spans show an amount, and not the same one. */
function contradict(one: number, other: number): boolean {
  return one !== other && one * other > 0
}

/** What an instrumentation may count as the prompt: with or without cache reads, and cache writes. */
function promptSums(amounts: Amounts): number[] {
  const [prompt, cacheReads, cacheWrites] = amounts
  return [prompt, prompt + cacheReads, prompt + cacheWrites, promptTokens(amounts)]
}

/**
 * Whether the one span may leave out cached tokens that the other counts as input without showing
 * them apart. A span that shows its cached tokens hides none, so that the numbers have to be equal.
 */
function mayMissCached(
  one: Amounts,
  oneUnseen: number,
  other: Amounts,
  otherUnseen: number,
): boolean {
  const isHidden =
    (oneUnseen & Unseen.cacheReadsMissing && otherUnseen & Unseen.cacheReadsInInput) ||
    (oneUnseen & Unseen.cacheWritesMissing && otherUnseen & Unseen.cacheWritesInInput)
  return isHidden !== 0 && one[0] <= promptTokens(other)
}

function isWithoutReasoning(
  [, , , output]: Amounts,
  [, , , otherOutput, otherReasoning]: Amounts,
): boolean {
  return output === otherOutput - otherReasoning
}

/** Whether the one span may miss output that the other counts. If the other shows reasoning, the rest has to be equal. */
function mayMissOutput(
  [, , , output]: Amounts,
  unseen: number,
  [, , , otherOutput, otherReasoning]: Amounts,
): boolean {
  const isShort = unseen & Unseen.brokenOff || (unseen & Unseen.reasoning && otherReasoning === 0)
  return Boolean(isShort) && output <= otherOutput
}

function isNear(one: number, other: number): boolean {
  return one <= other * ESTIMATE_FACTOR && other <= one * ESTIMATE_FACTOR
}
