import type { Charge } from '../charge/charge.ts'
import type { Usage } from '../usage/usage.ts'
import { chargeId } from './line.ts'

/** What a `Map` or `Set` of V8 holds, less some. */
const MOST_IN_A_MAP = 16_000_000

/** A mark is the start of a call in milliseconds, times this, plus a hash of the usage; 0 is no usage. */
const USAGES = 2 ** 15
/** Of milliseconds: eight years, so that a mark is an exact number. */
const TIMES = 2 ** 38

/**
 * - `new`: no call with these ids was read.
 * - `again`: this call was.
 * - `another`: a call with the same ids was, which started at another time or used something else.
 */
export type Sighting = 'new' | 'again' | 'another'

/** The calls of a ledger that were read, in some 90 bytes each. */
export class SeenCalls {
  #newest = new Map<string, number>()
  readonly #maps = [this.#newest]
  /** Marks of all but the first of calls that have the same ids. */
  readonly #others = new Set<string>()

  look(key: string, mark: number): Sighting {
    const first = this.#markOf(key)
    if (first === undefined) return 'new'
    return isSameCall(first, mark) || this.#others.has(`${key}${mark}`) ? 'again' : 'another'
  }

  add(key: string, mark: number): void {
    if (this.#markOf(key) !== undefined) {
      this.#others.add(`${key}${mark}`)
      // Of the same call with its usage left out.
      this.#others.add(`${key}${mark - (mark % USAGES)}`)
      return
    }
    if (this.#newest.size >= MOST_IN_A_MAP) {
      this.#newest = new Map()
      this.#maps.push(this.#newest)
    }
    this.#newest.set(key, mark)
  }

  #markOf(key: string): number | undefined {
    for (const map of this.#maps) {
      const mark = map.get(key)
      if (mark !== undefined) return mark
    }
    return undefined
  }
}

/** Calls whose cost is not known yet, by their ids and marks: a later line may know it. */
export class UnknownCalls {
  readonly #charges = new Map<string, Charge>()
  /** Of each pair of ids the mark of the first call. */
  readonly #marks = new Map<string, number>()

  /** Of a later line of the same call the usage is kept. */
  add(key: string, mark: number, charge: Charge): Sighting {
    const first = this.#marks.get(key)
    const sighting = first === undefined ? 'new' : 'another'
    if (first === undefined) this.#marks.set(key, mark)
    const start = `${key}${mark - (mark % USAGES)}`
    const known = this.#charges.get(start)
    if (known === undefined) {
      this.#charges.set(start, charge)
      return sighting
    }
    if (charge.usage === undefined) return 'again'
    if (known.usage === undefined) {
      this.#charges.set(start, charge)
      return 'again'
    }
    if (markOf(known) === mark || this.#charges.has(`${key}${mark}`)) return 'again'
    this.#charges.set(`${key}${mark}`, charge)
    return 'another'
  }

  /** Takes out the call that a charge with a cost completes; tells whether another call has its ids. */
  complete(key: string, mark: number): Sighting {
    if (!this.#marks.has(key)) return 'new'
    if (this.#charges.delete(`${key}${mark}`)) return 'again'
    const start = `${key}${mark - (mark % USAGES)}`
    const known = this.#charges.get(start)
    if (known === undefined || !isSameCall(markOf(known), mark)) return 'another'
    this.#charges.delete(start)
    return 'again'
  }

  values(): Iterable<Charge> {
    return this.#charges.values()
  }
}

/** Tells a call from every other, as `chargeId`; ids of OpenTelemetry in half as many characters. */
export function callKey(charge: Pick<Charge, 'traceId' | 'spanId'>): string {
  const { traceId, spanId } = charge
  // What is no such id may not be taken for one: `Buffer` leaves out what is not hexadecimal.
  if (traceId.length !== 32 || spanId.length !== 16) return chargeId(charge)
  const bytes = Buffer.from(traceId + spanId, 'hex')
  return bytes.length === 24 ? bytes.toString('latin1') : chargeId(charge)
}

/** What tells apart two calls that have the same ids: a broken generator of ids repeats them. */
export function markOf({ at, usage }: Pick<Charge, 'at' | 'usage'>): number {
  return (Math.round(at) % TIMES) * USAGES + (usage === undefined ? 0 : hashOf(usage))
}

/** Of a call without usage nobody knows what it used: it is the same if it started at the same time. */
function isSameCall(one: number, other: number): boolean {
  if (one === other) return true
  const [usage, otherUsage] = [one % USAGES, other % USAGES]
  return one - usage === other - otherUsage && (usage === 0 || otherUsage === 0)
}

/** From 1 to 32,767. */
function hashOf(usage: Usage): number {
  let hash = 17
  for (const count of Object.values(usage) as number[]) {
    // A fraction, as of seconds, and what is above 32 bits count too.
    hash = Math.imul(hash, 31) + Math.trunc(count) + Math.trunc((count % 1) * 1e6)
    hash = (hash + Math.trunc(count / 2 ** 32)) | 0
  }
  return (Math.abs(Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)) % (USAGES - 1)) + 1
}
