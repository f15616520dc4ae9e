import type { ProviderUsage } from '../exchange.ts'

/** OpenAI counts cached, written and audio tokens inside the input, and reasoning inside the output. */
export function openaiTotals(usage: ProviderUsage): { input: number; output: number } {
  const { uncachedInput, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0, audioInput = 0 } = usage
  return {
    input: uncachedInput + cacheRead + cacheWrite5m + cacheWrite1h + audioInput,
    output: (usage.outputText ?? 0) + (usage.reasoning ?? 0),
  }
}

export function openaiRefusal(status: number): unknown {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error'
  return {
    error: { message: `The loopback refuses with ${status}.`, type, param: null, code: null },
  }
}
