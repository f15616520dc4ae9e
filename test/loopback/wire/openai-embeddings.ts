import { embeddings } from '../answer.ts'
import type { WireFormat } from '../exchange.ts'
import { openaiRefusal, openaiTotals } from './openai-usage.ts'

/** OpenAI embeddings; Azure serves the same below a deployment. */
export const openaiEmbeddings: WireFormat = {
  read(path, body) {
    if (!path.endsWith('/embeddings')) return undefined
    const deployment = /\/deployments\/([^/]+)\//.exec(path)?.[1]
    const { input } = body
    return {
      model: deployment ?? String(body['model']),
      stream: false,
      values: Array.isArray(input) ? input.length : 1,
    }
  },

  whole({ id, request, reply, model }) {
    const data = embeddings(request.values).map((embedding, index) => ({
      object: 'embedding',
      index,
      embedding,
    }))
    // Of those that have this format only Mistral gives the answer an id.
    const list = { ...(request.provider === 'mistral' && { id }), object: 'list', data, model }
    if (reply.usage === undefined) return list
    const { input } = openaiTotals(reply.usage)
    return { ...list, usage: { prompt_tokens: input, total_tokens: input } }
  },

  refusal: openaiRefusal,
}
