import { LONGEST_ID, type ModelCall } from '../conventions/model-call.ts'
import type { Terms } from '../usage/usage.ts'
import { askSource } from './ask-source.ts'
import type { Price, PriceMiss, PriceSource } from './price.ts'

/** A price, and whose word it is. */
export interface FoundPrice {
  readonly price: Price
  readonly source: PriceSource['source']
}

/** Why there is no price; a source of prices may be anybody's code. */
type Miss = PriceMiss | 'price_source_failed'

/** What follows the name of a model in the name of its snapshot: a day, a month, a revision. */
const snapshot = /^(?:-\d{3,}(?:-\d\d)*|@.+)$/

/**
 * The price of a call. The first source that knows one of its models decides, also if it only
 * knows it under other terms: a price of your own is not filled up from the catalogue.
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
 * The model that was asked for, if it may speak for the one that answered: nobody answered by
 * name, or with a snapshot of it. A router may answer with another model altogether, and on Azure
 * what is asked for is the name of a deployment, which somebody may have called `gpt-4`.
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
