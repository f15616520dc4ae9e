import type { Backend } from './backend.ts'
import { attributionTags } from './attribution-tags.ts'

/**
 * Braintrust: it uses `estimated_cost` among the metrics of a call, and prefers it to its price for the exact name of the
 * model. The attribute is inferred from how its own SDK writes metrics (braintrustdata/braintrust-sdk
 * at a696a723, March 2026); not run against the service.
 */
export const braintrust: Backend = ({ charge, attribution, attributes }) => ({
  'braintrust.metrics.estimated_cost': charge?.usd,
  'braintrust.tags':
    attributes['braintrust.tags'] === undefined ? attributionTags(attribution) : undefined,
})
