import type { Charge } from '../charge/charge.ts'
import { problemOfCharge } from './charge-fields.ts'
import { repeatsKey } from './repeated-key.ts'
import { LONGEST_LINE } from './lines.ts'

/** The version of written lines. Optional fields may be added; a field that changes its meaning needs a new version. */
const VERSION = 1

/** Identifies a call: a charge that was delivered twice has the same id. */
export function chargeId({ traceId, spanId }: Pick<Charge, 'traceId' | 'spanId'>): string {
  return `${traceId}-${spanId}`
}

/**
 * A charge as one line of JSON, without the line end. Characters that JSON does not escape, but at which other programs
 * end lines, are escaped.
 *
 * @throws TypeError if `readLedger` would skip the line because of a field, and RangeError if the line is longer than
 * `readLedger` accepts.
 */
export function toLine(charge: Charge): string {
  const problem = problemOfCharge(charge as unknown as Record<string, unknown>)
  if (problem !== undefined) throw new TypeError(`the charge is not valid: ${problem}`)
  const line = JSON.stringify({ v: VERSION, id: chargeId(charge), ...charge })
  // A character has at most three bytes.
  if (line.length * 3 > LONGEST_LINE && Buffer.byteLength(line) > LONGEST_LINE) {
    throw new RangeError(`the charge has more than ${LONGEST_LINE} bytes`)
  }
  return line.replaceAll(/[\u0085\u2028\u2029]/g, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/**
 * The charge of a line, or the reason why the line is not one. JSON without its end is not valid JSON, so a torn line is
 * never a charge.
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
  // JSON.parse keeps the last of repeated keys, which may be wrong. `toLine` never repeats one.
  if (JSON.stringify(parsed) !== line && repeatsKey(line)) return 'a field is there twice'
  return charge as unknown as Charge
}
