import { answerOf, embeddings, pieces, namesOf, serverSentEvent } from '../answer.ts'
import type { Exchange, Frame, WireFormat } from '../exchange.ts'
import { openaiTotals } from './openai-usage.ts'

/** Cohere chat, version 2: it bills what `billed_units` counts, and counts other tokens besides. */
export const cohereChat: WireFormat = {
  read(path, body) {
    if (path !== '/v2/chat') return undefined
    return {
      model: String(body['model']),
      stream: body['stream'] === true,
      tools: namesOf(body['tools'], (tool: { function?: { name: string } }) => tool.function?.name),
    }
  },

  whole(exchange) {
    const { text } = answerOf(exchange)
    const toolCalls = toolCallsOf(exchange)
    const message = {
      role: 'assistant',
      ...(text !== '' && { content: [{ type: 'text', text }] }),
      ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    }
    return { id: exchange.id, message, ...ending(exchange) }
  },

  streamed(exchange) {
    const { text } = answerOf(exchange)
    const start = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] }
    const calls = toolCallsOf(exchange).flatMap((call, index) => [
      event('tool-call-start', {
        index,
        ...part({ tool_calls: { ...call, function: { ...call.function, arguments: '' } } }),
      }),
      event('tool-call-delta', {
        index,
        ...part({ tool_calls: { function: { arguments: call.function.arguments } } }),
      }),
      event('tool-call-end', { index }),
    ])
    const texts = pieces(text).map((piece) =>
      event('content-delta', { index: 0, ...part({ content: { text: piece } }) }),
    )
    return {
      contentType: 'text/event-stream',
      opening: [
        event('message-start', { id: exchange.id, ...part(start) }),
        event('content-start', { index: 0, ...part({ content: { type: 'text', text: '' } }) }),
        ...texts.slice(0, 1),
      ],
      closing: [
        ...texts.slice(1),
        event('content-end', { index: 0 }),
        ...calls,
        event('message-end', { delta: ending(exchange) }),
      ],
      failing: [event('message-end', { delta: { finish_reason: 'ERROR' } })],
    }
  },

  refusal: cohereRefusal,
}

function event(type: string, fields: object): Frame {
  return serverSentEvent({ type, ...fields }, type)
}

function part(message: object): object {
  return { delta: { message } }
}

function toolCallsOf(exchange: Exchange) {
  return answerOf(exchange).toolCalls.map(({ id, name, input }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }))
}

function ending(exchange: Exchange): object {
  const { usage } = exchange.reply
  const finish_reason = answerOf(exchange).toolCalls.length > 0 ? 'TOOL_CALL' : 'COMPLETE'
  if (usage === undefined) return { finish_reason }
  const { input, output } = openaiTotals(usage)
  return {
    finish_reason,
    usage: {
      billed_units: { input_tokens: input, output_tokens: output },
      // The whole prompt, with what Cohere puts before it and does not bill.
      tokens: { input_tokens: input + 500, output_tokens: output + 2 },
    },
  }
}

/** Cohere embeddings, version 2. */
export const cohereEmbeddings: WireFormat = {
  read(path, body) {
    if (path !== '/v2/embed') return undefined
    const { texts } = body
    return {
      model: String(body['model']),
      stream: false,
      values: Array.isArray(texts) ? texts.length : 0,
    }
  },

  whole({ id, request, reply }) {
    const meta = {
      api_version: { version: '2' },
      ...(reply.usage && { billed_units: { input_tokens: reply.usage.uncachedInput } }),
    }
    return {
      id,
      embeddings: { float: embeddings(request.values) },
      response_type: 'embeddings_by_type',
      meta,
    }
  },

  refusal: cohereRefusal,
}

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

  refusal: cohereRefusal,
}

function cohereRefusal(status: number): unknown {
  return { id: 'refused', message: `The loopback refuses with ${status}.` }
}
