import { invalidOption } from '../invalid-option.ts'
import { isPriceSource } from '../price/ask-source.ts'
import type { PriceSource } from '../price/price.ts'

/** @throws TypeError if `prices` is not an array of price sources. */
export function validatePrices(prices: unknown): asserts prices is readonly PriceSource[] {
  if (!Array.isArray(prices)) {
    throw invalidOption('prices', 'an array of price sources', prices)
  }
  prices.forEach((source: unknown, index) => {
    if (!isPriceSource(source)) {
      throw invalidOption(
        `prices[${index}]`,
        'a price source with `version`, `source` and `find`',
        source,
      )
    }
  })
}

/** The versions of all sources, for `cost.price_version`. A version that ends another one is not repeated. */
export function versionOf(prices: readonly PriceSource[]): string {
  const versions = [...new Set(prices.map(({ version }) => version))]
  return versions
    .filter((version) => !versions.some((other) => other.endsWith(`+${version}`)))
    .join('+')
}
