import { expected } from '../expected.ts'
import type { PriceSource } from '../price/price.ts'

/** @throws TypeError if `prices` is not an array of price sources. */
export function validatePrices(prices: unknown): asserts prices is readonly PriceSource[] {
  if (!Array.isArray(prices)) {
    throw expected('prices', 'an array of price sources', prices)
  }
  prices.forEach((source: unknown, index) => {
    if (!isPriceSource(source)) {
      throw expected(
        `prices[${index}]`,
        'a price source with `version`, `source` and `find`',
        source,
      )
    }
  })
}

function isPriceSource(value: unknown): value is PriceSource {
  if (typeof value !== 'object' || value === null) return false
  const { version, source, find } = value as Partial<PriceSource>
  return (
    typeof version === 'string' &&
    (source === 'override' || source === 'catalog') &&
    typeof find === 'function'
  )
}

/** The versions of all sources, as `cost.price_version` has them. */
export function versionOf(prices: readonly PriceSource[]): string {
  return prices.map(({ version }) => version).join('+')
}
