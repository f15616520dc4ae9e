import { LONGEST_ID, type ModelCall } from '../conventions/model-call.ts'
import type { Terms } from '../usage/usage.ts'
import { askSource } from './ask-source.ts'
import type { Price, PriceMiss, PriceSource } from './price.ts'

/** A price and its source. */
export interface FoundPrice {
  /** The rates. */
  readonly price: Price
  /** Where they are from. */
  readonly source: PriceSource['source']
}

/** Why there is no price. A price source may be foreign code, and fail. */
type Miss = PriceMiss | 'price_source_failed'

/** The part of a snapshot's id that follows the name of its model: a day, a month, a revision. */
const snapshot = /^(?:-\d{3,}(?:-\d\d)*|@.+)$/

/**
 * Finds the price of a call. The first source that knows one of its models decides, even if it knows the model only
 * under other terms: a gap in your own prices is not filled from the catalog.
 */
export function findPrice(
  prices: readonly PriceSource[],
  call: ModelCall,
  at: number,
  terms: Terms,
): FoundPrice | Miss {
  try {
    for (const source of prices) {
      const found = priceFrom(source, call, at, terms)
      if (typeof found === 'object') return { price: found, source: source.source }
      if (found !== 'model_without_price') return found
    }
    return 'model_without_price'
  } catch {
    return 'price_source_failed'
  }
}

function priceFrom(
  source: PriceSource,
  call: ModelCall,
  at: number,
  terms: Terms,
): Price | PriceMiss {
  const { responseModel } = call
  if (responseModel !== undefined) {
    const found = find(source, call, responseModel, at, terms)
    if (found !== 'model_without_price') return found
  }
  const requestModel = comparableRequestModel(call)
  return requestModel === undefined
    ? 'model_without_price'
    : find(source, call, requestModel, at, terms)
}

/**
 * Returns the requested model if its price may be used for that of the response model: the response names no model,
 * or a snapshot of the requested one. A router may answer with an unrelated model, and on Azure the requested
 * model is the name of a deployment, which may be `gpt-4` for any model.
 */
function comparableRequestModel({
  family,
  requestModel,
  responseModel,
}: ModelCall): string | undefined {
  if (requestModel === undefined || responseModel === undefined) return requestModel
  if (requestModel === responseModel || family === 'azure') return undefined
  const name = requestModel.slice(requestModel.lastIndexOf('/') + 1)
  const answer = responseModel.slice(responseModel.lastIndexOf('/') + 1)
  if (answer === name) return requestModel
  return answer.startsWith(name) && snapshot.test(answer.slice(name.length))
    ? requestModel
    : undefined
}

function find(
  source: PriceSource,
  { provider, family }: ModelCall,
  model: string,
  at: number,
  { serviceTier, region }: Terms,
): Price | PriceMiss {
  if (model.length > LONGEST_ID) return 'model_without_price'
  return askSource(source, { provider, family, model, at, serviceTier, region })
}
