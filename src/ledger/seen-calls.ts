import type { Charge } from '../charge/charge.ts'
import type { Usage } from '../usage/usage.ts'
import { chargeId } from './line.ts'

/** Slightly fewer entries than a `Map` or `Set` of V8 can hold. */
const MAXIMUM_MAP_SIZE = 16_000_000

/** A mark is the start of a call in milliseconds, times this, plus a hash of the usage; 0 is no usage. */
const USAGES = 2 ** 15
/** Of milliseconds: eight years, so that a mark is an exact number. */
const TIMES = 2 ** 38

/**
 * - `new`: no call with these ids was read.
 * - `again`: this call was read before.
 * - `another`: a call with the same ids was read, with another start time or another usage.
 */
export type Sighting = 'new' | 'again' | 'another'

/** The calls of a ledger that were read, in about 90 bytes each. */
export class SeenCalls {
  #newest = new Map<string, number>()
  readonly #maps = [this.#newest]
  /** The marks of calls with the same ids, except the first. */
  readonly #others = new Set<string>()

  look(key: string, mark: number): Sighting {
    const first = this.#markOf(key)
    if (first === undefined) return 'new'
    return isSameCall(first, mark) || this.#others.has(`${key}${mark}`) ? 'again' : 'another'
  }

  add(key: string, mark: number): void {
    if (this.#markOf(key) !== undefined) {
      this.#others.add(`${key}${mark}`)
      // The mark of the same call without its usage.
      this.#others.add(`${key}${mark - (mark % USAGES)}`)
      return
    }
    if (this.#newest.size >= MAXIMUM_MAP_SIZE) {
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

/** Calls of unknown cost, by their ids and marks: a later line may state the cost. */
export class UnknownCalls {
  readonly #charges = new Map<string, Charge>()
  /** The mark of the first call for each pair of ids. */
  readonly #marks = new Map<string, number>()

  /** If a later line of the same call has a usage, that line is kept. */
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

  /** Removes the call that a charge with a cost completes. Returns whether another call has its ids. */
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

/** Identifies a call, as `chargeId` does, with half as many characters for OpenTelemetry ids. */
export function callKey(charge: Pick<Charge, 'traceId' | 'spanId'>): string {
  const { traceId, spanId } = charge
  // Other ids must not be decoded: `Buffer` drops characters that are not hexadecimal.
  if (traceId.length !== 32 || spanId.length !== 16) return chargeId(charge)
  const bytes = Buffer.from(traceId + spanId, 'hex')
  return bytes.length === 24 ? bytes.toString('latin1') : chargeId(charge)
}

/** Distinguishes two calls with the same ids, which a broken id generator produces. */
export function markOf({ at, usage }: Pick<Charge, 'at' | 'usage'>): number {
  return (Math.round(at) % TIMES) * USAGES + (usage === undefined ? 0 : hashOf(usage))
}

/** A call without usage matches every call with the same start time. */
function isSameCall(one: number, other: number): boolean {
  if (one === other) return true
  const [usage, otherUsage] = [one % USAGES, other % USAGES]
  return one - usage === other - otherUsage && (usage === 0 || otherUsage === 0)
}

/** From 1 to 32,767. */
function hashOf(usage: Usage): number {
  let hash = 17
  for (const count of Object.values(usage) as number[]) {
    // Fractions, as of seconds, and bits above 32 are included.
    hash = Math.imul(hash, 31) + Math.trunc(count) + Math.trunc((count % 1) * 1e6)
    hash = (hash + Math.trunc(count / 2 ** 32)) | 0
  }
  return (Math.abs(Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)) % (USAGES - 1)) + 1
}
