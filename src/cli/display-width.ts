import { stripVTControlCharacters } from 'node:util'

const graphemes = new Intl.Segmenter()

/** Blocks of characters that are two columns wide, from Unicode's East Asian Width: first and last. */
const wideBlocks: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18d08],
  [0x1aff0, 0x1b2fb],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
]

/** The user-perceived characters (grapheme clusters) of a text; JavaScript counts some as two or more. */
export function charactersOf(text: string): string[] {
  if (isAscii(text)) return text.split('')
  return Array.from(graphemes.segment(text), ({ segment }) => segment)
}

/** The number of terminal columns that a text occupies. Escape sequences, such as colours, occupy none. */
export function displayWidth(styled: string): number {
  const text = styled.includes('\u001B') ? stripVTControlCharacters(styled) : styled
  if (isAscii(text)) return text.length
  return charactersOf(text).reduce((sum, character) => sum + characterWidth(character), 0)
}

/** The number of columns of one user-perceived character. */
export function characterWidth(character: string): number {
  if (isAscii(character)) return character.length
  // A combining mark or an invisible character by itself.
  if (/^[\p{Mn}\p{Me}\p{Cf}\p{Default_Ignorable_Code_Point}]+$/u.test(character)) return 0
  if (/^\p{Emoji_Presentation}|^\p{Emoji}\uFE0F|^\p{Regional_Indicator}/u.test(character)) return 2
  const code = character.codePointAt(0) ?? 0
  return wideBlocks.some(([first, last]) => code >= first && code <= last) ? 2 : 1
}

function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text)
}

/** Padded with spaces at the end. */
export function leftAligned(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

/** Padded with spaces at the start. */
export function rightAligned(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text
}
