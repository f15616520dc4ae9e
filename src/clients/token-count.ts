/**
 * Counts how many tokens a text has for OpenAI's tokenizers, approximately, with bounds that are true for any text. It serves
 * streams that were stopped before the provider reported usage, so it counts in pieces: each delta is scanned once.
 *
 * - The estimate is a sum of weights: the mean number of tokens that start at a character, given the character before it,
 *   its position in the word, and whether the text is in English. `scripts/fit-tokens.ts` measures the weights.
 * - The lower bound counts the ends of pieces that the tokenizer's first step always makes (before a space after a word, after
 *   three digits), and more for a piece that is longer than the longest token of the vocabulary.
 * - The upper bound starts from one token for each byte of UTF-8. Of boundaries side by side it omits one where the bytes
 *   between them are a token together: a tokenizer never leaves two neighbours apart that are a token.
 *
 * `test/clients/estimate-tokens.test.ts` checks each fact about the vocabularies that the bounds rely on.
 */
import {
  AFTER_SPACES,
  ASCII_GROUPS,
  CONTROL,
  DIGIT,
  groupOf,
  LOWER,
  NEWLINE,
  PUNCTUATION,
  SPACE,
  TAB,
  UPPER,
  WeightFinder,
} from './token-groups.ts'
import { englishScores, LONGEST_TOKEN, tokenWeightsOf, type TokenWeights } from './token-weights.ts'

/** Tokenizers with a measured rule. Models of other providers have none. */
export type TokenizerFamily = 'o200k' | 'cl100k'

/** The estimate is for charges; the true count is within the bounds, whatever the text is. */
export interface TokenEstimate {
  readonly tokens: number
  readonly atLeast: number
  readonly atMost: number
}

/** Pairs of these letters, and a space before any letter, are tokens of both vocabularies. */
export const PAIRED = 'abcdefghilmnoprstuw'
/** Runs of spaces up to this length are tokens of both vocabularies. */
export const LONGEST_RUN = 79
/** The state of a chain after a character of two bytes that the upper bound counts as one token. */
const AFTER_WHOLE = 3
const LETTER_A = 97
const LETTER_Z = 122
const APOSTROPHE = 39
const SLASH = 47
const REPLACEMENT_CHARACTER = 0xff_fd

const paired = new Uint8Array(128)
for (const letter of PAIRED) paired[letter.charCodeAt(0)] = 1

/** Counts the tokens of a text that arrives in pieces, cut anywhere. */
export class TokenCount {
  readonly #weights: TokenWeights
  readonly #splitsAtCapital: boolean
  readonly #finder = new WeightFinder(englishScores)
  #expected = 0
  #atMost = 0
  /** Tokens of the pieces before the current one. */
  #atLeast = 0
  /** The least share of the current piece in tokens, in units of `LONGEST_TOKEN`. */
  #pieceUnits = 0
  /** The run of digits may continue a group of other numerals. */
  #isRunUnclear = false
  /** The upper bound already omits the boundary before the run of spaces. */
  #isRunOmitted = false
  /** Neighbouring boundaries before this one of which the upper bound omits one when there are three. */
  #chain = 0
  /** Characters since an apostrophe, up to 3: a contraction may end a piece between two letters. */
  #sinceApostrophe = 3
  #highSurrogate = 0

  constructor(family: TokenizerFamily) {
    this.#weights = tokenWeightsOf(family)
    this.#splitsAtCapital = family === 'o200k'
  }

  add(text: string): void {
    const { length } = text
    let index = 0
    while (index < length) {
      const code = text.charCodeAt(index)
      if (
        code >= LETTER_A &&
        code <= LETTER_Z &&
        this.#finder.group === LOWER &&
        this.#highSurrogate === 0
      ) {
        index = this.#letters(text, index)
        continue
      }
      if (code < 128 && this.#highSurrogate === 0) this.#ascii(code)
      else this.#codeUnit(code)
      index += 1
    }
  }

  estimate(): TokenEstimate {
    // A surrogate that is still without its pair is one character of at most four bytes.
    const pending = this.#highSurrogate === 0 ? 0 : 1
    const atLeast = this.#atLeast + Math.ceil(this.#pieceUnits / LONGEST_TOKEN)
    const atMost = this.#atMost + 4 * pending
    const expected = Math.round(this.#expected) + pending
    return { tokens: Math.min(Math.max(expected, atLeast), atMost), atLeast, atMost }
  }

  #codeUnit(code: number): void {
    const high = this.#highSurrogate
    this.#highSurrogate = 0
    const isLow = code >= 0xdc_00 && code <= 0xdf_ff
    if (high !== 0 && isLow) {
      this.#other(((high - 0xd8_00) << 10) + (code - 0xdc_00) + 0x1_00_00)
      return
    }
    // JSON and UTF-8 carry a lone surrogate as U+FFFD.
    if (high !== 0) this.#other(REPLACEMENT_CHARACTER)
    if (code < 128) this.#ascii(code)
    else if (code >= 0xd8_00 && code <= 0xdb_ff) this.#highSurrogate = code
    else this.#other(isLow ? REPLACEMENT_CHARACTER : code)
  }

  #ascii(code: number): void {
    const weights = this.#weights
    const before = this.#finder.group
    const group = ASCII_GROUPS[code] ?? CONTROL
    if (this.#isForcedBoundary(before, group, code)) this.#endPiece()
    this.#expected += weights.table[this.#finder.next(code, group)] ?? 1
    if (group <= UPPER) this.#boundLetter(code, before, group)
    else if (group === SPACE) this.#boundSpace(before)
    else if (group === DIGIT) this.#boundDigit(before)
    else this.#bound(1)
    this.#pieceUnits += weights.units[group] ?? 0
    if (code === APOSTROPHE) this.#sinceApostrophe = 0
    else if (this.#sinceApostrophe < 3) this.#sinceApostrophe += 1
  }

  /** Lowercase letters after another one, together: they are most of any text. Returns where they end. */
  #letters(text: string, start: number): number {
    let end = start
    for (; end < text.length; end += 1) {
      const code = text.charCodeAt(end)
      if (code < LETTER_A || code > LETTER_Z) break
      this.#boundLetter(code, LOWER, LOWER)
      if (this.#sinceApostrophe < 3) this.#sinceApostrophe += 1
    }
    const { units, table } = this.#weights
    this.#pieceUnits += (units[LOWER] ?? 0) * (end - start)
    this.#expected += this.#finder.sumOfLetters(text, start, end, table)
    return end
  }

  #other(code: number): void {
    const weights = this.#weights
    const group = groupOf(code)
    this.#expected += weights.table[this.#finder.next(code, group)] ?? 1
    this.#pieceUnits += weights.units[group] ?? 0
    // This bound covers all boundaries of the character, so none is omitted for the characters before it.
    const isWhole = code < 0x8_00 && weights.whole[code] === 1
    // A token may start in a character of two bytes and reach into a longer one.
    if (code >= 0x8_00 && this.#chain === AFTER_WHOLE) this.#atMost += 1
    this.#chain = isWhole ? AFTER_WHOLE : 0
    this.#atMost += isWhole ? 1 : mostTokensOf(code, weights)
    this.#sinceApostrophe = 3
  }

  #boundLetter(code: number, before: number, group: number): void {
    if (this.#chain === 2) {
      this.#chain = 0
      return
    }
    this.#atMost += 1
    const isPaired = group === LOWER && paired[code] === 1 && this.#sinceApostrophe > 1
    if (this.#chain === 1) this.#chain = isPaired || before === SPACE ? 2 : 0
    else this.#chain = isPaired ? 1 : 0
  }

  #boundSpace(before: number): void {
    if (before !== SPACE && before !== AFTER_SPACES) {
      this.#isRunOmitted = this.#chain === 2
      this.#bound(1)
      this.#chain = this.#isRunOmitted ? 0 : 1
      return
    }
    const { run } = this.#finder
    this.#chain = 0
    // Two neighbouring tokens within a run are together longer than LONGEST_RUN. The last space may begin the next piece.
    if (run <= 3 || (run === 4 && this.#isRunOmitted)) this.#atMost += 1
    else if (run % LONGEST_RUN === 0) this.#atMost += 2
  }

  #boundDigit(before: number): void {
    const isFirst = before !== DIGIT
    if (isFirst) this.#isRunUnclear = before > CONTROL && before < AFTER_SPACES
    if (this.#isRunUnclear) {
      this.#bound(1)
    } else if (this.#finder.run % 3 === 1) {
      if (!isFirst) this.#endPiece()
      this.#bound(1)
    }
  }

  /** Adds boundaries to the upper bound; omits one where the two letters before it are a token together. */
  #bound(boundaries: number): void {
    this.#atMost += this.#chain === 2 ? boundaries - 1 : boundaries
    this.#chain = 0
  }

  #endPiece(): void {
    if (this.#pieceUnits > 0) this.#atLeast += Math.ceil(this.#pieceUnits / LONGEST_TOKEN)
    this.#pieceUnits = 0
  }

  /** Whether both tokenizers always end a piece between two characters; `false` where it depends on others. */
  #isForcedBoundary(before: number, group: number, code: number): boolean {
    const afterLetter = before === LOWER || before === UPPER
    const afterPunctuation = before >= PUNCTUATION && before < CONTROL
    switch (group) {
      case LOWER:
        return before === DIGIT || before === NEWLINE
      case UPPER:
        if (before === LOWER) return this.#splitsAtCapital && this.#sinceApostrophe > 2
        return before === DIGIT || before === NEWLINE
      case SPACE:
      case TAB:
        return afterLetter || before === DIGIT || afterPunctuation
      case DIGIT:
        return (before !== DIGIT && before < CONTROL) || before === AFTER_SPACES
      case NEWLINE:
        return afterLetter || before === DIGIT
      case CONTROL:
        return false
      default:
        if (before === NEWLINE) return code !== SLASH
        return before === DIGIT || (afterLetter && code !== APOSTROPHE)
    }
  }
}

/** The most tokens that can start within a character that is not ASCII. */
function mostTokensOf(code: number, { leads }: TokenWeights): number {
  if (code < 0x8_00) return 2
  if (code < 0x1_00_00) return leads[code >> 6] === 1 ? 2 : 3
  return code >= 0x1_f0_00 && code <= 0x1_ff_ff ? 3 : 4
}
