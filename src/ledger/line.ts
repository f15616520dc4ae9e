import type { Charge } from '../charge/charge.ts'

/** Of the lines that are written. A field is only ever added; where one changes its meaning, this grows. */
const VERSION = 1

/** What tells a call from every other: a charge that was delivered twice has the same. */
export function chargeId({ traceId, spanId }: Pick<Charge, 'traceId' | 'spanId'>): string {
  return `${traceId}-${spanId}`
}

/** A charge as one line of JSON, without its end. */
export function toLine(charge: Charge): string {
  return JSON.stringify({ v: VERSION, id: chargeId(charge), ...charge })
}

/**
 * The charge of a line, or `undefined` for a line that is empty, torn or none of ours: no part of a line of
 * JSON that lacks its end is JSON.
 *
 * @throws RangeError for a line of a later version, whose money this one may not understand.
 */
export function fromLine(line: string): Charge | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const { v, id, ...charge } = parsed as { v?: unknown; id?: unknown } & Charge
  if (typeof v !== 'number' || typeof id !== 'string') return undefined
  if (v > VERSION)
    throw new RangeError(`The ledger has lines of version ${v}: a later costspan wrote them`)
  return charge
}
