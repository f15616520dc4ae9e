export {
  CostSpanProcessor,
  type CostSpanProcessorOptions,
} from './processor/cost-span-processor.ts'
export type { PrivacyOptions } from './privacy/redactor.ts'
export type { SecretKey } from './privacy/hmac.ts'
export { setAttribution, withAttribution, type AttributionInput } from './attribution/boundary.ts'
export type { Attribution } from './attribution/attribution.ts'
export { createCharger, type Charge, type Charger, type ChargerOptions } from './charge/charge.ts'
export type { CostStatus } from './charge/status.ts'
export type { Billed } from './price/reported-cost.ts'
export type { ModelCall, Operation } from './conventions/model-call.ts'
export { providerFamily, type ProviderFamily } from './conventions/provider-family.ts'
export { noUsage, type Terms, type Usage } from './usage/usage.ts'
export { catalog } from './price/catalog.ts'
export { priceUsage, type Cost } from './price/cost.ts'
export type { Price, PriceMiss, PriceQuery, PriceSource, Rates } from './price/price.ts'
export type { SpanLike } from './span/span.ts'
