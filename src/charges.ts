export { assertPriced, type AssertPricedOptions } from './charge/assert-priced.ts'
export {
  repriceCharge,
  type Repriced,
  type RepriceModel,
  type RepriceOptions,
} from './charge/reprice.ts'
