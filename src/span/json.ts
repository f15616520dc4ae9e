/** A JSON object from outside, with unknown contents. */
export interface JsonObject {
  readonly [name: string]: unknown
}

/**
 * Maximum length of JSON that is parsed while a span starts or ends: a thousand nested brackets take 0.1 ms. Usage
 * is shorter; only log probabilities make the text longer. A longer text makes the charge uncertain.
 */
export const LONGEST_JSON = 131_072

/** Longer texts are checked for their depth before they are parsed; usage never nests deeper. */
const SHORT_JSON = 4096
const MOST_DEPTH = 64

/** Whether a text is worth parsing in a hook, by its length and its depth. */
export function isParsable(json: string): boolean {
  if (json.length <= SHORT_JSON) return true
  return json.length <= LONGEST_JSON && isWithin(json, MOST_DEPTH, Infinity)
}

/** An attribute that is an object, as text or as it is; `unreadable` if it was cut, or is too long. */
export function readJsonObject(value: unknown): JsonObject | 'absent' | 'unreadable' {
  if (value === undefined) return 'absent'
  // OTel SDK 3 keeps objects as they are.
  if (typeof value !== 'string') return asObject(value) ?? 'unreadable'
  if (!isParsable(value)) return 'unreadable'
  try {
    return asObject(JSON.parse(value)) ?? 'unreadable'
  } catch {
    return 'unreadable'
  }
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined
}

/** The object under `name`, an own property only: names such as `__proto__` lead nowhere. */
export function objectAt(
  parent: JsonObject | string | undefined,
  name: string,
): JsonObject | undefined {
  if (typeof parent !== 'object' || !Object.hasOwn(parent, name)) return undefined
  return asObject(parent[name])
}

const [QUOTE, COMMA, BACKSLASH, OPENING_BRACE, CLOSING_BRACE, OPENING_BRACKET, CLOSING_BRACKET] =
  Array.from('",\\{}[]', (sign) => sign.charCodeAt(0))

/**
 * Whether JSON nests no deeper and holds no more values. `JSON.parse` takes 0.1 ms for a thousand nested brackets, a
 * walk over the same text a fiftieth of that.
 */
export function isWithin(json: string, mostDepth: number, mostValues: number): boolean {
  let depth = 0
  let values = 1
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index)
    if (code === QUOTE) {
      index = endOfString(json, index + 1)
    } else if (code === OPENING_BRACE || code === OPENING_BRACKET) {
      if (++depth > mostDepth) return false
    } else if (code === CLOSING_BRACE || code === CLOSING_BRACKET) {
      depth--
    } else if (code === COMMA && ++values > mostValues) {
      return false
    }
  }
  return true
}

/** Where a string that is open at `from` ends: its quote, or the end of the text. */
function endOfString(json: string, from: number): number {
  for (let index = from; index < json.length; index++) {
    const code = json.charCodeAt(index)
    if (code === QUOTE) return index
    if (code === BACKSLASH) index++
  }
  return json.length
}
