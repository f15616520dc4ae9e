import type { Exchange, ProviderName, Reply, WireFormat } from '../loopback/exchange.ts'

/** An exchange with a provider of the loopback, as its server would make it. */
export function exchangeOf(reply: Reply, request: Partial<Exchange['request']> = {}): Exchange {
  const model = 'house-model'
  return {
    id: 'loopback_1',
    model,
    reply,
    request: {
      provider: 'openai' satisfies ProviderName,
      endpoint: '/',
      model,
      stream: true,
      tools: [],
      values: 1,
      body: { stream_options: { include_usage: true } },
      headers: {},
      number: 1,
      ...request,
    },
  }
}

/** The bytes of a streamed answer: all of it, or its opening only, or its opening and how it fails. */
export function streamOf(
  format: WireFormat,
  exchange: Exchange,
  part: 'whole' | 'opening' | 'failing' = 'whole',
): string {
  const { opening, closing, failing } = format.streamed!(exchange)
  const rest = { whole: closing, opening: [], failing }[part]
  return [...opening, ...rest].join('')
}

export function chunksOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [...places, bytes.length].map((end, index) => bytes.slice(places[index - 1] ?? 0, end))
}
