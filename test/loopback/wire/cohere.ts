import type { WireFormat } from '../exchange.ts'

/** Cohere rerank: billed by search, reported apart from the results. */
export const cohereRerank: WireFormat = {
  read(path, body) {
    if (path !== '/v2/rerank') return undefined
    const { documents } = body
    return {
      model: String(body['model']),
      stream: false,
      values: Array.isArray(documents) ? documents.length : 0,
    }
  },

  whole({ id, request, reply }) {
    const results = Array.from({ length: request.values }, (_, index) => ({
      index,
      relevance_score: 1 / (index + 2),
    }))
    return { id, results, meta: { billed_units: { search_units: reply.usage?.searchUnits ?? 1 } } }
  },

  refusal(status) {
    return { id: 'refused', message: `The loopback refuses with ${status}.` }
  },
}
