import type { ProviderName, ProviderUsage } from './exchange.ts'

/**
 * The providers' own list prices in USD per million tokens, written apart from costspan's table.
 * Source: LiteLLM's model_prices_and_context_window.json as of 2026-08-01, except the gateway's
 * openai/gpt-5, which it lists under OpenAI only (the gateway bills list prices without a markup).
 */
interface PriceList {
  input: number
  cacheRead?: number
  cacheWrite5m?: number
  cacheWrite1h?: number
  audioInput?: number
  /** Reasoning is billed as output. Embeddings have none. */
  output?: number
  /** USD per thousand. */
  webSearches?: number
  /** USD per thousand. */
  searchUnits?: number
}

const GPT_4O = { input: 2.5, cacheRead: 1.25, output: 10 }
const GPT_5 = { input: 1.25, cacheRead: 0.125, output: 10 }
const TEXT_EMBEDDING_3_SMALL = { input: 0.02 }
const SONNET_4_5 = { input: 3, cacheRead: 0.3, cacheWrite5m: 3.75, cacheWrite1h: 6, output: 15 }
// In a region or an inference profile of one, a tenth more than in the global one.
const REGIONAL_SONNET_4_5 = {
  input: 3.3,
  cacheRead: 0.33,
  cacheWrite5m: 4.125,
  cacheWrite1h: 6.6,
  output: 16.5,
}

const PRICES: Record<ProviderName, Record<string, PriceList>> = {
  openai: {
    'gpt-4o-2024-08-06': GPT_4O,
    'gpt-4o-mini-2024-07-18': { input: 0.15, cacheRead: 0.075, output: 0.6 },
    'gpt-5-2025-08-07': GPT_5,
    'gpt-5-mini-2025-08-07': { input: 0.25, cacheRead: 0.025, output: 2 },
    'text-embedding-3-small': TEXT_EMBEDDING_3_SMALL,
  },
  anthropic: {
    'claude-sonnet-4-5-20250929': { ...SONNET_4_5, webSearches: 10 },
    'claude-haiku-4-5-20251001': {
      input: 1,
      cacheRead: 0.1,
      cacheWrite5m: 1.25,
      cacheWrite1h: 2,
      output: 5,
      webSearches: 10,
    },
  },
  google: {
    'gemini-2.5-flash': { input: 0.3, cacheRead: 0.03, audioInput: 1, output: 2.5 },
    'gemini-embedding-001': { input: 0.15 },
  },
  bedrock: {
    'anthropic.claude-sonnet-4-5-20250929-v1:0': REGIONAL_SONNET_4_5,
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0': REGIONAL_SONNET_4_5,
    'amazon.nova-pro-v1:0': { input: 0.8, output: 3.2 },
  },
  azure: {
    'gpt-4o-2024-08-06': GPT_4O,
    'gpt-5-2025-08-07': GPT_5,
    'text-embedding-3-small': TEXT_EMBEDDING_3_SMALL,
  },
  gateway: {
    'openai/gpt-5': GPT_5,
    'openai/text-embedding-3-small': TEXT_EMBEDDING_3_SMALL,
    'anthropic/claude-sonnet-4.5': { input: 3, cacheRead: 0.3, cacheWrite5m: 3.75, output: 15 },
    // Invented: a model that no public price list knows, so only the gateway can say what it cost.
    'example/house-model': { input: 1, output: 2 },
  },
  cohere: {
    'rerank-v3.5': { input: 0, searchUnits: 2 },
    'command-r-08-2024': { input: 0.15, output: 0.6 },
    'embed-v4.0': { input: 0.12 },
  },
  // The providers' price pages as of 2026-11.
  groq: {
    'llama-3.3-70b-versatile': { input: 0.59, output: 0.79 },
    'openai/gpt-oss-120b': { input: 0.15, cacheRead: 0.075, output: 0.6 },
  },
  togetherai: {
    'meta-llama/Llama-3.3-70B-Instruct-Turbo': { input: 1.04, output: 1.04 },
    'BAAI/bge-base-en-v1.5': { input: 0.008 },
  },
  mistral: {
    'mistral-small-latest': { input: 0.15, cacheRead: 0.015, output: 0.6 },
    'mistral-embed': { input: 0.1 },
  },
}

export interface BillableCall {
  provider: ProviderName
  model: string
  status: number
  usage: ProviderUsage | undefined
}

/** What the provider bills in USD; undefined when it reports no usage or has no price for the model. */
export function billFor({ provider, model, status, usage }: BillableCall): number | undefined {
  if (status >= 400) return 0
  const price = PRICES[provider][model]
  if (price === undefined || usage === undefined) return undefined

  const { output = 0, webSearches = 0, searchUnits = 0 } = price
  const perMillion: [amount: number | undefined, price: number][] = [
    [usage.uncachedInput, price.input],
    [usage.cacheRead, price.cacheRead ?? price.input],
    [usage.cacheWrite5m, price.cacheWrite5m ?? price.input],
    [usage.cacheWrite1h, price.cacheWrite1h ?? price.input],
    [usage.audioInput, price.audioInput ?? price.input],
    [usage.outputText, output],
    [usage.reasoning, output],
    [usage.webSearches, webSearches * 1000],
    [usage.searchUnits, searchUnits * 1000],
  ]
  // In thousandths of a dollar per million every price is a whole number, so the sum is exact.
  const nanodollars = perMillion.reduce(
    (sum, [amount = 0, usd]) => sum + amount * Math.round(usd * 1000),
    0,
  )
  return nanodollars / 1e9
}
