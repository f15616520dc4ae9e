import { propagation, type Context } from '@opentelemetry/api'

/** What came in with a request, by name. Whoever sends the request chooses it, so it proves nothing. */
export type IncomingBaggage = ReadonlyMap<string, string>

/** Entries that are read: W3C allows 180, and OpenTelemetry's propagator as many. */
const MAXIMUM_ENTRIES = 1024

/** All spans of a request share one object, which never changes. */
const alreadyRead = new WeakMap<object, IncomingBaggage>()

const none: IncomingBaggage = new Map()

/** The baggage of a context, which came from outside or may have; `undefined` if it has no entries. */
export function baggageOf(from: Context): IncomingBaggage | undefined {
  const baggage: unknown = propagation.getBaggage(from)
  if (typeof baggage !== 'object' || baggage === null) return undefined
  let entries = alreadyRead.get(baggage)
  if (entries === undefined) {
    entries = readEntries(baggage)
    alreadyRead.set(baggage, entries)
  }
  return entries.size === 0 ? undefined : entries
}

/** A propagator of somebody else's may put anything there, and no call is lost by that. */
function readEntries(baggage: { getAllEntries?: () => unknown }): IncomingBaggage {
  const entries = new Map<string, string>()
  try {
    const all = (baggage.getAllEntries?.() ?? []) as Iterable<unknown>
    for (const entry of all) {
      if (!Array.isArray(entry) || entries.size >= MAXIMUM_ENTRIES) continue
      const [name, value] = entry as [unknown, { value?: unknown } | null | undefined]
      if (typeof name === 'string' && typeof value?.value === 'string') {
        entries.set(name, value.value)
      }
    }
  } catch {
    // What was read before it failed stays.
  }
  return entries.size === 0 ? none : entries
}

/** No limit of attribute values is set below this; shorter texts begin unrelated entries by chance. */
const SHORTEST_CUT = 16

/** Whether an attribute is the copy of an entry, or what the limit of a span's values left of one. */
export function isCopyOf(entry: string | undefined, value: unknown): boolean {
  if (entry === undefined || typeof value !== 'string') return false
  return value === entry || (value.length >= SHORTEST_CUT && entry.startsWith(value))
}
