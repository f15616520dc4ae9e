/** Text from outside for a terminal: characters that control one, or that break a line, become `?`. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}

/** The most characters of an id that are printed. */
const LONGEST_ID = 256

/** Control and format characters, those that reverse the direction of text among them, and line separators. */
const invisible = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** An id from outside for a message: cut, without control characters, in quotes. */
export function quoteId(id: string): string {
  return JSON.stringify(id.slice(0, LONGEST_ID).replace(invisible, ''))
}
