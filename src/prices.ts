/**
 * Your own prices, stored charges at other prices, and a check for tests.
 *
 * @module
 */
export { assertPriced, type AssertPricedOptions } from './charge/assert-priced.ts'
export {
  repriceCharge,
  type Repriced,
  type RepriceModel,
  type RepriceOptions,
} from './charge/reprice.ts'
export { definePrices, type PriceRow } from './price/define-prices.ts'
