import { billFor } from '../loopback/bill.ts'
import type { ProviderUsage, Reply } from '../loopback/exchange.ts'

export const MODEL = 'gpt-4o-mini-2024-07-18'
export const OUTPUT_TOKENS = 50

/** No two calls use the same number of tokens: by it each is found again in ledger and backend. */
export function inputTokensOf(call: number): number {
  return 1_000 + call
}

function usageOf(inputTokens: number): ProviderUsage {
  return { uncachedInput: inputTokens, outputText: OUTPUT_TOKENS }
}

/** What the provider answers to its nth request. */
export function replyTo({ number }: { readonly number: number }): Reply {
  return { text: 'It is there.', usage: usageOf(inputTokensOf(number)) }
}

/** What the provider bills for a call of so many tokens, by its own price list. */
export function billOf(inputTokens: number): number {
  const usage = usageOf(inputTokens)
  return billFor({ provider: 'openai', model: MODEL, status: 200, usage }) ?? Number.NaN
}
