import * as names from '../span/attribute-names.ts'
import type { SpanAttributes } from '../span/span.ts'

/** A JSON object from outside: nothing about its contents is known. */
export interface JsonObject {
  readonly [name: string]: unknown
}

/**
 * `ai.response.providerMetadata`: what the provider said beside the answer, by provider name.
 * `absent` if the span has none (AI SDK 7 writes it only on request), `unreadable` if it was
 * cut, which `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` does.
 */
export type ProviderMetadata = JsonObject | 'absent' | 'unreadable'

export function readProviderMetadata(attributes: SpanAttributes): ProviderMetadata {
  const json = attributes[names.AI_RESPONSE_PROVIDER_METADATA]
  if (json === undefined) return 'absent'
  // OTel SDK 3 keeps objects as they are.
  if (typeof json !== 'string') return asObject(json) ?? 'unreadable'
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

/** The object at `path`, own properties only: names such as `__proto__` lead nowhere. */
export function objectAt(metadata: ProviderMetadata, ...path: string[]): JsonObject | undefined {
  let value: unknown = metadata
  for (const name of path) {
    const parent = asObject(value)
    if (parent === undefined || !Object.hasOwn(parent, name)) return undefined
    value = parent[name]
  }
  return asObject(value)
}
