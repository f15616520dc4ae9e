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

  whole({ request, reply, model }) {
    const data = embeddings(request.values).map((embedding, index) => ({
      object: 'embedding',
      index,
      embedding,
    }))
    if (reply.usage === undefined) return { object: 'list', data, model }
    const { input } = openaiTotals(reply.usage)
    return { object: 'list', data, model, usage: { prompt_tokens: input, total_tokens: input } }
  },

  refusal: openaiRefusal,
}
