import { isCall } from '../conventions/model-call.ts'
import type { Backend } from './backend.ts'
import { payerTags } from './payer-tags.ts'

/**
 * Langfuse: its cost column reads `gen_ai.usage.cost`, which wins over a price of its own. It prices
 * roots of AI SDK 5 and 6 too, by what they repeat of caches and thinking, and calls that are seen a
 * second time: 0 takes that back. A call whose cost is unknown is left to Langfuse's own price. Tags are
 * left alone where the application has some. Read in langfuse/langfuse at 6275144614
 * (OtelIngestionProcessor, August 2026), whose own ingestion code was run; not run against the service.
 */
export const langfuse: Backend = ({ role, charge, attribution, attributes }) => ({
  'gen_ai.usage.cost':
    charge?.usd ?? (charge === undefined && isPricedAgain(role, attributes) ? 0 : undefined),
  'langfuse.trace.tags':
    attributes['langfuse.trace.tags'] === undefined ? payerTags(attribution) : undefined,
})

function isPricedAgain(
  role: Parameters<Backend>[0]['role'],
  attributes: Parameters<Backend>[0]['attributes'],
): boolean {
  return isCall(role) || (role === 'group' && attributes['ai.operationId'] !== undefined)
}
