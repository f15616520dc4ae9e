/** A JSON object from outside: nothing about its contents is known. */
export interface JsonObject {
  readonly [name: string]: unknown
}

/**
 * Characters that are parsed while a span starts or ends: brackets in brackets take 0.1 ms for a thousand. Log
 * probabilities alone make such a text longer than usage does; what is longer makes the charge doubtful.
 */
export const LONGEST_JSON = 131_072

/** An attribute that is an object, as text or as it is; `unreadable` if it was cut, or is too long. */
export function readJsonObject(value: unknown): JsonObject | 'absent' | 'unreadable' {
  if (value === undefined) return 'absent'
  // OTel SDK 3 keeps objects as they are.
  if (typeof value !== 'string') return asObject(value) ?? 'unreadable'
  if (value.length > LONGEST_JSON) return 'unreadable'
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
