import type { Charge } from '../charge/charge.ts'
import { problemOfCharge } from './charge-fields.ts'
import { repeatsKey } from './repeated-key.ts'
import { LONGEST_LINE } from './lines.ts'

/** Of the lines that are written. A field is only ever added; where one changes its meaning, this grows. */
const VERSION = 1

/** What tells a call from every other: a charge that was delivered twice has the same. */
export function chargeId({ traceId, spanId }: Pick<Charge, 'traceId' | 'spanId'>): string {
  return `${traceId}-${spanId}`
}

/**
 * A charge as one line of JSON, without its end. Other programs end lines at characters that JSON leaves as they
 * are; these are escaped.
 *
 * @throws TypeError if a field has a value with which the line is left out when it is read, and RangeError if the line
 * is longer than any that is read.
 */
export function toLine(charge: Charge): string {
  const problem = problemOfCharge(charge as unknown as Record<string, unknown>)
  if (problem !== undefined) throw new TypeError(`No reader takes this charge: ${problem}`)
  const line = JSON.stringify({ v: VERSION, id: chargeId(charge), ...charge })
  // A character takes three bytes at most.
  if (line.length * 3 > LONGEST_LINE && Buffer.byteLength(line) > LONGEST_LINE) {
    throw new RangeError(`A charge has more than ${LONGEST_LINE} bytes`)
  }
  return line.replaceAll(/[\u0085\u2028\u2029]/g, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/**
 * The charge of a line, or in words what is wrong with the line. No part of a line of JSON that lacks its end is
 * JSON, so a torn line is no charge.
 */
export function fromLine(line: string): Charge | string {
  let parsed: unknown
  try {
    parsed = JSON.parse(line.startsWith('\uFEFF') ? line.slice(1) : line)
  } catch {
    return 'the line is torn, or is not JSON'
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return 'the line is no JSON object'
  }
  const { v, id, ...charge } = parsed as { v?: unknown; id?: unknown } & Record<string, unknown>
  if (typeof v !== 'number' || typeof id !== 'string') return 'the line has no `v` or no `id`'
  if (v > VERSION) return `the line is of version ${v}: a later costspan wrote it`
  if (v !== VERSION) return `the line is of version ${v}, which does not exist`
  const problem = problemOfCharge(charge)
  if (problem !== undefined) return problem
  if (id !== chargeId(charge as unknown as Charge)) return 'its `id` is not that of its span'
  // JSON takes the last of them, and it may not be the right one. A line as it was written has none.
  if (JSON.stringify(parsed) !== line && repeatsKey(line)) return 'a field is there twice'
  return charge as unknown as Charge
}
