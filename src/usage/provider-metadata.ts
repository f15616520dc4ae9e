import type { SpanAttributes } from '../span/span.ts'

/** A JSON object from outside: nothing about its contents is known. */
export interface JsonObject {
  readonly [name: string]: unknown
}

/**
 * `ai.response.providerMetadata`: what the provider said beside the answer, by provider name.
 * `absent` if the span has none (AI SDK 7 writes it only on request), `unreadable` if it was
 * cut, which `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` does, or is too long to parse while a span ends.
 */
export type ProviderMetadata = JsonObject | 'absent' | 'unreadable'

/** Characters; log probabilities make it longer than any usage does. */
const LONGEST_JSON = 1_000_000

export function readProviderMetadata(attributes: SpanAttributes): ProviderMetadata {
  const json = attributes['ai.response.providerMetadata']
  if (json === undefined) return 'absent'
  // OTel SDK 3 keeps objects as they are.
  if (typeof json !== 'string') return asObject(json) ?? 'unreadable'
  if (json.length > LONGEST_JSON) return 'unreadable'
  try {
    return asObject(JSON.parse(json)) ?? 'unreadable'
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

const SERVICE_TIER = '"serviceTier":"'

/**
 * `serviceTier`, found without parsing the rest: inside a JSON string a quote is escaped, so this
 * is that name and its value, wherever it stands. `default` if there is none, undefined if the
 * metadata is no whole JSON text and has to be read in full.
 */
export function findServiceTier(attributes: SpanAttributes): string | undefined {
  const json = attributes['ai.response.providerMetadata']
  if (json === undefined) return 'default'
  if (typeof json !== 'string') return undefined
  // The commonest answer by far.
  if (json.endsWith('"serviceTier":"default"}}')) return 'default'
  if (!json.endsWith('}')) return undefined
  const at = json.indexOf(SERVICE_TIER)
  if (at === -1) return 'default'
  const from = at + SERVICE_TIER.length
  return json.slice(from, json.indexOf('"', from))
}
