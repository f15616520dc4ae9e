import { answerOf, pieces, namesOf, serverSentEvent } from '../answer.ts'
import type { Exchange, Frame, ProviderUsage, WireFormat } from '../exchange.ts'

/** Anthropic messages. */
export const anthropicMessages: WireFormat = {
  read(path, body) {
    if (path !== '/v1/messages') return undefined
    return {
      model: String(body['model']),
      stream: body['stream'] === true,
      tools: namesOf(body['tools'], (tool: { name?: string }) => tool.name),
    }
  },

  whole(exchange) {
    return {
      ...message(exchange),
      content: contentBlocks(exchange),
      stop_reason: stopReason(exchange),
      usage: wholeUsage(exchange.reply.usage),
    }
  },

  streamed(exchange) {
    const started = {
      ...message(exchange),
      content: [],
      stop_reason: null,
      usage: startUsage(exchange),
    }
    const blocks = contentBlocks(exchange).flatMap(blockEvents)
    const end = {
      delta: { stop_reason: stopReason(exchange), stop_sequence: null },
      usage: endUsage(exchange),
    }
    return {
      contentType: 'text/event-stream',
      opening: [event('message_start', { message: started }), ...blocks.slice(0, 2)],
      closing: [...blocks.slice(2), event('message_delta', end), event('message_stop', {})],
      failing: [event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } })],
    }
  },

  refusal(status) {
    const type = status >= 500 ? 'api_error' : 'invalid_request_error'
    return { type: 'error', error: { type, message: `The loopback refuses with ${status}.` } }
  },
}

type Block = Record<string, unknown>

function event(type: string, fields: object): Frame {
  return serverSentEvent({ type, ...fields }, type)
}

function message({ id, model }: Exchange): object {
  return { id: `msg_${id}`, type: 'message', role: 'assistant', model, stop_sequence: null }
}

function stopReason(exchange: Exchange): string {
  return answerOf(exchange).toolCalls.length > 0 ? 'tool_use' : 'end_turn'
}

function contentBlocks(exchange: Exchange): Block[] {
  const { text, toolCalls } = answerOf(exchange)
  const searches = exchange.reply.usage?.webSearches ?? 0
  const searchBlocks = Array.from({ length: searches }, (_, index) =>
    searchOf(exchange.id, index),
  ).flat()
  const textBlocks = text === '' ? [] : [{ type: 'text', text }]
  const calls = toolCalls.map(({ id, name, input }) => ({ type: 'tool_use', id, name, input }))
  return [...searchBlocks, ...textBlocks, ...calls]
}

/** Anthropic runs the search itself and shows the query and its results as two blocks. */
function searchOf(id: string, index: number): Block[] {
  const toolUseId = `srvtoolu_${id}_${index + 1}`
  const result = {
    type: 'web_search_result',
    url: 'https://example.com/',
    title: 'Example',
    encrypted_content: 'opaque',
    page_age: null,
  }
  return [
    { type: 'server_tool_use', id: toolUseId, name: 'web_search', input: { query: 'weather' } },
    { type: 'web_search_tool_result', tool_use_id: toolUseId, content: [result] },
  ]
}

function blockEvents(block: Block, index: number): Frame[] {
  const [start, deltas] = startAndDeltas(block)
  return [
    event('content_block_start', { index, content_block: start }),
    ...deltas.map((delta) => event('content_block_delta', { index, delta })),
    event('content_block_stop', { index }),
  ]
}

function startAndDeltas(block: Block): [start: Block, deltas: object[]] {
  if (block['type'] === 'text') {
    const deltas = pieces(String(block['text'])).map((text) => ({ type: 'text_delta', text }))
    return [{ ...block, text: '' }, deltas]
  }
  if ('input' in block) {
    const partial_json = JSON.stringify(block['input'])
    return [{ ...block, input: {} }, [{ type: 'input_json_delta', partial_json }]]
  }
  return [block, []]
}

/** Anthropic's input excludes what it reads from and writes to the cache. */
function inputUsage(usage: ProviderUsage): object {
  const { cacheWrite5m = 0, cacheWrite1h = 0 } = usage
  return {
    input_tokens: usage.uncachedInput,
    cache_creation_input_tokens: cacheWrite5m + cacheWrite1h,
    cache_read_input_tokens: usage.cacheRead ?? 0,
    cache_creation: {
      ephemeral_5m_input_tokens: cacheWrite5m,
      ephemeral_1h_input_tokens: cacheWrite1h,
    },
  }
}

function outputUsage(usage: ProviderUsage): object {
  const { outputText = 0, reasoning = 0, webSearches = 0 } = usage
  return {
    output_tokens: outputText + reasoning,
    ...(reasoning > 0 && { output_tokens_details: { thinking_tokens: reasoning } }),
    ...(webSearches > 0 && { server_tool_use: { web_search_requests: webSearches } }),
  }
}

// The SDK insists on both numbers, so an answer without usage can only say zero.
const NOT_REPORTED = { input_tokens: 0, output_tokens: 0 }

function wholeUsage(usage: ProviderUsage | undefined): object {
  if (usage === undefined) return NOT_REPORTED
  return { ...inputUsage(usage), ...outputUsage(usage), service_tier: 'standard' }
}

/** The first event knows the input already; of the output it carries a stub. */
function startUsage({ reply: { usage } }: Exchange): object {
  if (usage === undefined) return NOT_REPORTED
  return { ...inputUsage(usage), output_tokens: 3, service_tier: 'standard' }
}

/** The last event repeats the input's totals, without the split by lifetime. */
function endUsage({ reply: { usage } }: Exchange): object {
  if (usage === undefined) return NOT_REPORTED
  const { uncachedInput, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 } = usage
  return {
    input_tokens: uncachedInput,
    cache_creation_input_tokens: cacheWrite5m + cacheWrite1h,
    cache_read_input_tokens: cacheRead,
    ...outputUsage(usage),
  }
}
