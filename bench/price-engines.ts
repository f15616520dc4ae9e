import { calcPrice } from '@pydantic/genai-prices'
import { calculateCost } from 'ai-sdk-cost-calculator'
import { catalog, noUsage, priceUsage, type PriceQuery, type Usage } from 'costspan'
import { getTokenCosts } from 'tokenlens'

/** Prices 2,000 tokens of input and 300 of output of an OpenAI model; returns US dollars, or nothing. */
type Engine = (model: string) => number | undefined

const INPUT = 2000
const OUTPUT = 300

const usage: Usage = { ...noUsage, input: INPUT, output: OUTPUT }
const at = Date.parse('2026-11-15T00:00:00Z')

function costspan(model: string): number | undefined {
  const query: PriceQuery = {
    provider: 'openai.chat',
    family: 'openai',
    model,
    at,
    serviceTier: undefined,
    region: undefined,
  }
  const price = catalog.find(query)
  return typeof price === 'string' ? undefined : priceUsage(usage, price)?.usd
}

function genaiPrices(model: string): number | undefined {
  const counts = { input_tokens: INPUT, output_tokens: OUTPUT }
  return calcPrice(counts, model, { providerId: 'openai' })?.total_price
}

function tokenlens(model: string): number | undefined {
  const counts = { inputTokens: INPUT, outputTokens: OUTPUT }
  return getTokenCosts({ modelId: `openai:${model}`, usage: counts as object }).totalUSD
}

/** Throws for a model that it does not know; to catch that is part of using it. */
function aiSdkCostCalculator(model: string): number | undefined {
  const details = { noCacheTokens: INPUT, cacheReadTokens: 0, cacheWriteTokens: 0 }
  const counts = {
    inputTokens: INPUT,
    outputTokens: OUTPUT,
    totalTokens: INPUT + OUTPUT,
    inputTokenDetails: details,
    outputTokenDetails: { textTokens: OUTPUT, reasoningTokens: 0 },
  }
  try {
    return calculateCost({ model, usage: counts }).totalCost
  } catch {
    return undefined
  }
}

export const engines: ReadonlyMap<string, Engine> = new Map<string, Engine>([
  ['costspan', costspan],
  ['@pydantic/genai-prices', genaiPrices],
  ['tokenlens', tokenlens],
  ['ai-sdk-cost-calculator', aiSdkCostCalculator],
])
