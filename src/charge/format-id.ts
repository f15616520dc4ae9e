import { LONGEST_ID } from '../conventions/model-call.ts'

/** Control and format characters, those that turn the direction of text among them, and new lines. */
const invisible = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** An id from outside for a log line: cut, without control characters, in quotes. */
export function quoted(id: string): string {
  return JSON.stringify(id.slice(0, LONGEST_ID).replace(invisible, ''))
}
