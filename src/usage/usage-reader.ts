import type { ModelCall } from '../conventions/model-call.ts'
import type { SpanAttributes } from '../span/span.ts'
import type { Reported } from './raw-usage.ts'
import type { UsageReading } from './usage.ts'

/** Turns the numbers of one provider's spans into disjoint buckets. */
export type UsageReader = (
  call: ModelCall,
  reported: Reported,
  attributes: SpanAttributes,
) => UsageReading

/** Names that providers give to their ordinary service. */
const standardTiers = new Set([
  'standard',
  'default',
  'auto',
  'on_demand',
  'service_tier_unspecified',
  'traffic_type_unspecified',
])

/** The tier that a call was served in, lower case; `undefined` is standard. */
export function servedTier(tier: unknown): string | undefined {
  if (typeof tier !== 'string' || tier === '') return undefined
  if (tier === 'default' || tier === 'standard') return undefined
  const name = tier.toLowerCase()
  return standardTiers.has(name) ? undefined : name
}
