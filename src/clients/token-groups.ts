/** Groups of characters that tokenizers treat alike, and the weight that applies to a character after the one before it. */

export const LOWER = 0
export const UPPER = 1
export const DIGIT = 2
export const SPACE = 3
export const NEWLINE = 4
export const TAB = 5
/** Each ASCII punctuation character is a group: 6 to 37. */
export const PUNCTUATION = 6
export const CONTROL = 38
export const LOWER_EXTENDED = 39
export const UPPER_EXTENDED = 40
/** Letters of other scripts, whose weights depend on the position in the run. */
export const FIRST_SCRIPT = 41
export const LAST_SCRIPT = 51
/** A space after a space. */
export const AFTER_SPACES = 61
export const START = 62
export const GROUPS = 64

/** 26 letters, and one for all others of the Latin script. */
export const LETTERS = 27
/** Positions in a run of letters of another script that have weights of their own. */
const POSITIONS = 12
/** The position of a letter in a Latin word (from 0, up to 31) as one of 4 ranges. */
const RANGES = 4
const RANGE_OF_POSITION = Uint8Array.from({ length: 32 }, (_, position) =>
  position < 3 ? 0 : position < 4 ? 1 : position < 7 ? 2 : 3,
)
/** Beyond this score the text so far no longer counts: an answer may change its language. */
const MOST_SCORE = 10

/** Where each kind of weight begins in the table. */
const WORDS = GROUPS * GROUPS
const WORDS_OF_LANGUAGE = RANGES * LETTERS * LETTERS
const CAPITALS = WORDS + 2 * WORDS_OF_LANGUAGE
const SCRIPTS = CAPITALS + RANGES
const DIGIT_GROUP = SCRIPTS + (LAST_SCRIPT - FIRST_SCRIPT + 1) * POSITIONS
const DIGIT_IN_GROUP = DIGIT_GROUP + 1
export const WEIGHTS = DIGIT_IN_GROUP + 1

/** Where the weights of pairs of letters in a word are in the table, for English and for other languages. */
export const WORD_WEIGHTS = [WORDS, WORDS + WORDS_OF_LANGUAGE].map((begin) => ({
  begin,
  end: begin + WORDS_OF_LANGUAGE,
  ranges: RANGES,
}))

/** Finds the weight of each character of a text, in order. */
export class WeightFinder {
  /** The group of the last character. */
  group = START
  /** Length of the current run of spaces or digits. */
  run = 0
  #letter = 0
  #position = 0
  /** From zero on, the letters so far are more frequent in English and in code than in other languages. */
  #englishScore = 0
  readonly #englishScores: Float64Array

  /** `englishScores` are logarithms of how much more frequent a pair of letters is in English than in other languages. */
  constructor(englishScores: Float64Array) {
    this.#englishScores = englishScores
  }

  /** The index of a character's weight. `group` is the group of `code`. */
  next(code: number, group: number): number {
    const before = this.group
    this.group = group
    if (group <= UPPER) return this.#inWord(before, group, (code | 32) - 97)
    if (group === LOWER_EXTENDED || group === UPPER_EXTENDED) {
      return this.#inWord(before, group, LETTERS - 1)
    }
    if (group === DIGIT) return this.#digit(before)
    if (group === SPACE) return this.#space(before)
    if (group === before && group >= FIRST_SCRIPT && group <= LAST_SCRIPT) {
      const position = this.#position < POSITIONS ? this.#position : POSITIONS - 1
      this.#position += 1
      return SCRIPTS + (group - FIRST_SCRIPT) * POSITIONS + position
    }
    this.#position = 1
    return before * GROUPS + group
  }

  /** The sum of the weights of lowercase ASCII letters from `start` to `end`, after another one: most of any text. */
  sumOfLetters(text: string, start: number, end: number, table: Float64Array): number {
    const scores = this.#englishScores
    let sum = 0
    let last = this.#letter
    let position = this.#position
    let score = this.#englishScore
    for (let index = start; index < end; index += 1) {
      const letter = text.charCodeAt(index) - 97
      if (position < 31) position += 1
      const pair = last * LETTERS + letter
      score += scores[pair] ?? 0
      const offset = (RANGE_OF_POSITION[position] ?? 0) * (LETTERS * LETTERS) + pair
      sum += table[(score < 0 ? WORDS + WORDS_OF_LANGUAGE : WORDS) + offset] ?? 0
      if (score > MOST_SCORE) score = MOST_SCORE
      else if (score < -MOST_SCORE) score = -MOST_SCORE
      last = letter
    }
    this.#letter = last
    this.#position = position
    this.#englishScore = score
    return sum
  }

  #inWord(before: number, group: number, letter: number): number {
    const last = this.#letter
    this.#letter = letter
    const isUpper = group === UPPER || group === UPPER_EXTENDED
    const wasLower = before === LOWER || before === LOWER_EXTENDED
    if ((isUpper && wasLower) || !(wasLower || before === UPPER || before === UPPER_EXTENDED)) {
      this.#position = 1
      return before * GROUPS + group
    }
    const position = this.#position < 31 ? this.#position + 1 : 31
    this.#position = position
    const range = RANGE_OF_POSITION[position] ?? 0
    const pair = last * LETTERS + letter
    const score = this.#englishScore + (this.#englishScores[pair] ?? 0)
    this.#englishScore = Math.max(-MOST_SCORE, Math.min(score, MOST_SCORE))
    if (isUpper) return CAPITALS + range
    return WORDS + (score < 0 ? WORDS_OF_LANGUAGE : 0) + range * LETTERS * LETTERS + pair
  }

  #digit(before: number): number {
    if (before !== DIGIT) {
      this.run = 1
      return before * GROUPS + DIGIT
    }
    this.run += 1
    return this.run % 3 === 1 ? DIGIT_GROUP : DIGIT_IN_GROUP
  }

  #space(before: number): number {
    const isLater = before === SPACE || before === AFTER_SPACES
    this.run = isLater ? this.run + 1 : 1
    if (isLater) this.group = AFTER_SPACES
    return before * GROUPS + SPACE
  }
}

export const ASCII_GROUPS = Uint8Array.from({ length: 128 }, (_, code) => asciiGroup(code))

function asciiGroup(code: number): number {
  if (code === 32) return SPACE
  if (code === 9) return TAB
  if (code === 10 || code === 13) return NEWLINE
  if (code < 32 || code === 127) return CONTROL
  if (code < 48) return PUNCTUATION + code - 33
  if (code < 58) return DIGIT
  if (code < 65) return PUNCTUATION + 15 + code - 58
  if (code < 91) return UPPER
  if (code < 97) return PUNCTUATION + 22 + code - 91
  if (code < 123) return LOWER
  return PUNCTUATION + 28 + code - 123
}

/** The first character after each range of the Basic Multilingual Plane, in order, and the range's group. */
const ranges: readonly (readonly [end: number, group: number])[] = [
  [0xc0, 55],
  [0x2_50, LOWER_EXTENDED],
  [0x3_00, 59],
  [0x3_70, 58],
  [0x4_00, 41],
  [0x5_30, 42],
  [0x5_90, 59],
  [0x6_00, 43],
  [0x7_00, 44],
  [0x9_00, 59],
  [0x9_80, 45],
  [0xe_00, 46],
  [0x10_00, 47],
  [0x1e_00, 60],
  [0x1f_00, LOWER_EXTENDED],
  [0x20_00, 41],
  [0x20_70, 53],
  [0x2c_00, 54],
  [0x30_00, 60],
  [0x30_40, 52],
  [0x30_a0, 48],
  [0x31_00, 49],
  [0x34_00, 60],
  [0xa0_00, 50],
  [0xac_00, 60],
  [0xd7_b0, 51],
  [0xf9_00, 60],
  [0xfb_00, 50],
  [0xfe_00, 60],
  [0xfe_10, 58],
  [0xff_00, 60],
  [0xff_f0, 52],
  [0x1_00_00, 60],
]

/** Groups of the characters by blocks of 16: no range begins elsewhere. */
const blocks = new Uint8Array(0x1_00_00 >> 4)
let block = 0
for (const [end, group] of ranges) {
  blocks.fill(group, block, end >> 4)
  block = end >> 4
}

/** The group of a character that is not ASCII. */
export function groupOf(code: number): number {
  if (code >= 0x1_00_00) return code >= 0x1_f0_00 && code <= 0x1_fa_ff ? 56 : 57
  const group = blocks[code >> 4] ?? 60
  return group === LOWER_EXTENDED && isCapital(code) ? UPPER_EXTENDED : group
}

/** Capitals of Latin-1; in the extended blocks mostly the even characters. */
function isCapital(code: number): boolean {
  return code < 0xe0 ? code !== 0xdf : code >= 0x1_00 && code % 2 === 0
}
