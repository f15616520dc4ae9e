import type { ModelCall } from '../call/model-call.ts'
import type { Terms } from '../usage/usage.ts'
import type { Price, PriceMiss, PriceSource } from './price.ts'

/** A price, and whose word it is. */
export interface FoundPrice {
  readonly price: Price
  readonly source: PriceSource['source']
}

/**
 * The price of a call: by the model that answered, else by the one that was asked for. On Azure
 * the latter is the name of a deployment, which somebody may have called `gpt-4`; there it
 * counts only where the answer names no model.
 */
export function priceOf(
  prices: readonly PriceSource[],
  { family, requestModel, responseModel }: ModelCall,
  at: number,
  terms: Terms,
): FoundPrice | PriceMiss {
  const found =
    responseModel === undefined ? undefined : priceOfModel(prices, family, responseModel, at, terms)
  if (found !== undefined && found !== 'model_without_price') return found
  if (requestModel === undefined || requestModel === responseModel) return 'model_without_price'
  if (family === 'azure' && responseModel !== undefined) return 'model_without_price'
  return priceOfModel(prices, family, requestModel, at, terms)
}

function priceOfModel(
  prices: readonly PriceSource[],
  family: string,
  model: string,
  at: number,
  terms: Terms,
): FoundPrice | PriceMiss {
  let miss: PriceMiss = 'model_without_price'
  for (const source of prices) {
    const price = source.find({ family, model, at, terms })
    if (typeof price === 'object') return { price, source: source.source }
    if (price === 'terms_without_price') miss = price
  }
  return miss
}
