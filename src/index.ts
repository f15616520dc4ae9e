/**
 * The span processor, attribution, and charges.
 *
 * @module
 */
export { CostSpanProcessor } from './processor/cost-span-processor.ts'
export type { CostSpanProcessorOptions } from './processor/processor-options.ts'
export type { OnCharge } from './processor/charge-callbacks.ts'
export { dropContent } from './privacy/content.ts'
export type { DropContent, SpanContent } from './privacy/content-option.ts'
export type { PrivacyOptions } from './privacy/redactor.ts'
export type { Pseudonymize } from './privacy/pseudonym.ts'
export type { SecretKey } from './privacy/hmac.ts'
export { setAttribution, withAttribution, type AttributionInput } from './attribution/boundary.ts'
export type { Attribution } from './attribution/attribution.ts'
export { selfCheck } from './diagnostics/self-check.ts'
export type { Finding, FindingId } from './diagnostics/finding.ts'
export { createCharger, type Charge, type Charger, type ChargerOptions } from './charge/charge.ts'
export type { ChargeFacts, Outcome } from './charge/compute-outcome.ts'
export type { CallOrigin } from './charge/origin.ts'
export type { CostStatus } from './charge/status.ts'
export type { Billed } from './price/reported-cost.ts'
export type { ModelCall, Operation, SpanRole, Vocabulary } from './conventions/model-call.ts'
export { providerFamily, type ProviderFamily } from './conventions/provider-family.ts'
export {
  noUsage,
  type Terms,
  type TextTokens,
  type TokenBounds,
  type Usage,
} from './usage/usage.ts'
export { catalog } from './price/catalog.ts'
export { priceUsage, type Cost } from './price/cost.ts'
export type { Price, PriceMiss, PriceQuery, PriceSource, Rates } from './price/price.ts'
export type { ReadAttributes } from './span/attribute-names.ts'
export type { RecordedAttributes } from './span/recorded-attributes.ts'
export type { ResourceLike, SpanAttributes, SpanLike } from './span/span.ts'
