/** The measured weights of each family of tokenizers, decoded when a family is first used. */
import { GROUPS, WEIGHTS } from './token-groups.ts'
import { english, measured } from './token-weights-data.ts'

export interface TokenWeights {
  /** The mean number of tokens that start at a character, by the index that `WeightFinder` returns. */
  readonly table: Float64Array
  /** For each group of characters its least share of a token, in units of which `LONGEST_TOKEN` are one token. */
  readonly units: Int32Array
  /** 1 for each character of two bytes whose two bytes are never the starts of two tokens. */
  readonly whole: Uint8Array
  /** 1 for each start of two bytes that is a token, by the character's code divided by 64. */
  readonly leads: Uint8Array
}

/** The units of the longest token of a vocabulary. */
export const LONGEST_TOKEN = 1_000_000

/** Levels of a weight in the text form: characters 40 to 126 without the backslash. */
export const LEVELS = 85
/** The largest weight: a character of four bytes with a token for each. */
export const MOST_TOKENS = 4
/** In the text form, this character and a count replace weights without a measurement, which are 1. */
export const UNMEASURED = '!'
const UNMEASURED_CODE = 33
const FIRST = 40
const BACKSLASH = 92

/** In the text form of scores: the level of zero, and the levels of one unit. */
export const SCORE_ZERO = 42
export const SCORE_LEVELS = 10

/** For each pair of letters, how much more frequent it is in English than in other languages: see `WeightFinder`. */
export const englishScores = Float64Array.from(
  english,
  (level) => (levelOf(level.charCodeAt(0)) - SCORE_ZERO) / SCORE_LEVELS,
)

const decoded = new Map<keyof typeof measured, TokenWeights>()

export function tokenWeightsOf(family: keyof typeof measured): TokenWeights {
  const known = decoded.get(family)
  if (known !== undefined) return known
  const { table, units, whole, leads } = measured[family]
  const weights: TokenWeights = {
    table: decodeTable(table),
    units: Int32Array.from({ length: GROUPS }, (_, group) => units[group] ?? 0),
    whole: decodeBits(whole),
    leads: decodeBits(leads),
  }
  decoded.set(family, weights)
  return weights
}

function decodeTable(text: string): Float64Array {
  const table = new Float64Array(WEIGHTS).fill(1)
  let weight = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === UNMEASURED_CODE) {
      index += 1
      weight += levelOf(text.charCodeAt(index))
    } else {
      // Small weights have finer levels.
      table[weight] = MOST_TOKENS * (levelOf(code) / LEVELS) ** 2
      weight += 1
    }
  }
  return table
}

function levelOf(code: number): number {
  return code - FIRST - (code > BACKSLASH ? 1 : 0)
}

/** Bits from hexadecimal digits, the lowest first. */
function decodeBits(text: string): Uint8Array {
  return Uint8Array.from(
    { length: text.length * 4 },
    (_, bit) => (Number.parseInt(text[bit >> 2] ?? '0', 16) >> (bit & 3)) & 1,
  )
}
