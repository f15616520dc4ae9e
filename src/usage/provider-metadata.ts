import { readJsonObject, type JsonObject } from '../span/json.ts'
import type { SpanAttributes } from '../span/span.ts'

/**
 * `ai.response.providerMetadata`: the provider's data beside the answer, by provider name.
 * `absent` if the span has none (AI SDK 7 writes it only on request), `unreadable` if it was
 * cut, which `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` does, or is too long to parse while a span ends.
 */
export type ProviderMetadata = JsonObject | 'absent' | 'unreadable'

export function readProviderMetadata(attributes: SpanAttributes): ProviderMetadata {
  return readJsonObject(attributes['ai.response.providerMetadata'])
}

const SERVICE_TIER = '"serviceTier":"'

/**
 * `serviceTier`, found without parsing the rest: inside a JSON string a quote is escaped, so this
 * is that name and its value at any depth. `default` if there is none, undefined if the
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
