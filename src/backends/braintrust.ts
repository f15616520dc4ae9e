import type { Backend } from './backend.ts'
import { payerTags } from './payer-tags.ts'

/**
 * Braintrust: `estimated_cost` among the metrics of a call is taken as it is, over a price by the model's
 * exact name. The carrier is inferred from how its own SDK writes metrics (braintrustdata/braintrust-sdk
 * at a696a723, March 2026); not run against the service.
 */
export const braintrust: Backend = ({ charge, attribution, attributes }) => ({
  'braintrust.metrics.estimated_cost': charge?.usd,
  'braintrust.tags':
    attributes['braintrust.tags'] === undefined ? payerTags(attribution) : undefined,
})
