/** A value that survives JSON: numbers that JSON has no word for become `{"$number": "NaN"}`. */
type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** Replaces what differs between two runs of the same scenario; everything else stays as it was. */
export function normalise(value: unknown): Json {
  const generated = new GeneratedIds()
  return walk(value, '', generated)
}

function walk(value: unknown, key: string, generated: GeneratedIds): Json {
  if (typeof value === 'string') return stableText(value, key, generated)
  if (typeof value === 'number') return stableNumber(value, key)
  if (typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map((item) => walk(item, key, generated))
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    return Object.fromEntries(entries.map(([name, item]) => [name, walk(item, name, generated)]))
  }
  return null
}

const STABLE_TEXTS: Record<string, string | undefined> = {
  'ai.response.timestamp': '2026-01-01T00:00:00.000Z',
  'exception.stacktrace': '(stack trace)',
}

/** Attributes that hold milliseconds, seconds or a rate per second; their values become 1. */
const MEASURED = /msTo|PerSecond|duration|time_to_|time_per_|latency/i

function stableNumber(value: number, key: string): Json {
  if (!Number.isFinite(value)) return { $number: String(value) }
  return MEASURED.test(key) || key === 'server.port' ? 1 : value
}

function stableText(text: string, key: string, generated: GeneratedIds): string {
  const fixed = STABLE_TEXTS[key]
  if (fixed !== undefined) return fixed
  if (TOOL_CALL_ID_KEYS.has(key) && BARE.test(text)) return generated.stable(text)
  return generated.replaceIn(withoutMachine(text))
}

function withoutMachine(text: string): string {
  return text
    .replaceAll(/(127\.0\.0\.1):\d+/g, '$1')
    .replaceAll(/(runtime\/node\.js\/v?)[\d.]+/g, '$120')
}

/** Ids that the SDK invents: a prefix and 24 random characters, or a UUID. */
const GENERATED =
  /\b(aitxt|aiobj|msg|call|id)-[A-Za-z0-9]{16,24}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g

/** Ids without any prefix, which only their place gives away. */
const UNPREFIXED = /("(?:toolCallId|id)":")([A-Za-z0-9]{16})(")/g
const BARE = /^[A-Za-z0-9]{16}$/
const TOOL_CALL_ID_KEYS = new Set(['ai.toolCall.id', 'gen_ai.tool.call.id'])

/** Numbers generated ids in the order of their appearance: the same id gets the same number. */
class GeneratedIds {
  readonly #numbers = new Map<string, string>()

  replaceIn(text: string): string {
    return text
      .replaceAll(GENERATED, (id) => this.stable(id))
      .replaceAll(
        UNPREFIXED,
        (_, before: string, id: string, after: string) => before + this.stable(id) + after,
      )
  }

  stable(id: string): string {
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    const stable = `generated-${this.#numbers.size + 1}`
    this.#numbers.set(id, stable)
    return stable
  }
}
