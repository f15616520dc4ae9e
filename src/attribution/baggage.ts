import { propagation, type Context } from '@opentelemetry/api'

/** The baggage of a request, by name. The sender of the request chooses it, so it is untrusted. */
export type IncomingBaggage = ReadonlyMap<string, string>

/** Entries that are read. W3C and OpenTelemetry's propagator allow 180. */
const MAXIMUM_ENTRIES = 1024

/** All spans of a request share one object, which never changes. */
const alreadyRead = new WeakMap<object, IncomingBaggage>()

const none: IncomingBaggage = new Map()

/** The baggage of a context, which may come from outside; `undefined` if it has no entries. */
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

/** A foreign propagator may return anything; no call is lost by that. */
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
    // Entries that were read before the failure are kept.
  }
  return entries.size === 0 ? none : entries
}

/** No application limits attribute values to less; shorter texts begin unrelated entries by chance. */
const SHORTEST_CUT = 16

/** Whether an attribute is a copy of an entry, or of the part of it that the limit of the span's values left. */
export function isCopyOf(entry: string | undefined, value: unknown): boolean {
  if (entry === undefined || typeof value !== 'string') return false
  return value === entry || (value.length >= SHORTEST_CUT && entry.startsWith(value))
}
