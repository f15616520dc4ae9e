import { isCall } from '../conventions/model-call.ts'
import type { Backend } from './backend.ts'
import { attributionTags } from './attribution-tags.ts'

/**
 * Langfuse: its cost column reads `gen_ai.usage.cost`, which overrides its own price. It also prices roots of AI SDK 5 and
 * 6, by the usage of caches and thinking that they repeat, and duplicates of calls: a cost of 0 corrects that. A call of
 * unknown cost is left to Langfuse's own price. Tags of the application are kept. Read in langfuse/langfuse at 6275144614
 * (OtelIngestionProcessor, August 2026), whose own ingestion code was run; not run against the service.
 */
export const langfuse: Backend = ({ role, charge, attribution, attributes }) => ({
  'gen_ai.usage.cost':
    charge?.usd ?? (charge === undefined && isPricedAgain(role, attributes) ? 0 : undefined),
  'langfuse.trace.tags':
    attributes['langfuse.trace.tags'] === undefined ? attributionTags(attribution) : undefined,
})

function isPricedAgain(
  role: Parameters<Backend>[0]['role'],
  attributes: Parameters<Backend>[0]['attributes'],
): boolean {
  return isCall(role) || (role === 'group' && attributes['ai.operationId'] !== undefined)
}
