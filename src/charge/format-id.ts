import { LONGEST_ID } from '../conventions/model-call.ts'

/** Control and format characters, including those that change the direction of text, and line separators. */
const invisible = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** Formats an id from outside for a log line: cut, without control characters, in quotes. */
export function formatId(id: string): string {
  return JSON.stringify(id.slice(0, LONGEST_ID).replace(invisible, ''))
}
