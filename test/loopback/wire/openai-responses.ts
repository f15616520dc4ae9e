import { answerOf, pieces, namesOf, serverSentEvent } from '../answer.ts'
import { CREATED_AT } from '../exchange.ts'
import type { Exchange, Frame, ProviderUsage, WireFormat } from '../exchange.ts'
import type { Answer } from '../answer.ts'
import { openaiRefusal, openaiTotals } from './openai-usage.ts'

/** OpenAI responses; Azure serves the same. */
export const openaiResponses: WireFormat = {
  read(path, body) {
    if (!path.endsWith('/responses')) return undefined
    return {
      model: String(body['model']),
      stream: body['stream'] === true,
      tools: namesOf(body['tools'], (tool: { name?: string }) => tool.name),
    }
  },

  whole(exchange) {
    return response(exchange, 'completed', outputItems(exchange.id, answerOf(exchange)))
  },

  streamed(exchange) {
    const { id } = exchange
    const answer = answerOf(exchange)
    const text = textEvents(id, answer.text)
    const items = outputItems(id, answer)
    const frames = [
      event('response.created', { response: response(exchange, 'in_progress', []) }),
      event('response.in_progress', { response: response(exchange, 'in_progress', []) }),
      ...text,
      ...items.flatMap((item, index) =>
        item['type'] === 'function_call' ? callEvents(item, index) : [],
      ),
    ]
    const failedAfter = 2 + Math.min(text.length, 3)
    return {
      contentType: 'text/event-stream',
      opening: frames.slice(0, failedAfter),
      closing: [
        ...frames.slice(failedAfter),
        event('response.completed', { response: response(exchange, 'completed', items) }),
      ],
      failing: [
        event('error', {
          sequence_number: 9,
          code: 'server_error',
          message: 'The server had an error.',
          param: null,
        }),
      ],
    }
  },

  refusal: openaiRefusal,
}

type Item = Record<string, unknown>

function event(type: string, fields: object): Frame {
  return serverSentEvent({ type, ...fields }, type)
}

function textEvents(id: string, text: string): Frame[] {
  if (text === '') return []
  const place = { item_id: `msg_${id}`, output_index: 0, content_index: 0 }
  const item = {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    status: 'in_progress',
    content: [],
  }
  return [
    event('response.output_item.added', { output_index: 0, item }),
    event('response.content_part.added', {
      ...place,
      part: { type: 'output_text', text: '', annotations: [] },
    }),
    ...pieces(text).map((delta) => event('response.output_text.delta', { ...place, delta })),
    event('response.output_text.done', { ...place, text }),
    event('response.output_item.done', { output_index: 0, item: message(id, text) }),
  ]
}

function callEvents(item: Item, output_index: number): Frame[] {
  const place = { item_id: item['id'], output_index }
  const started = { ...item, arguments: '', status: 'in_progress' }
  return [
    event('response.output_item.added', { output_index, item: started }),
    event('response.function_call_arguments.delta', { ...place, delta: item['arguments'] }),
    event('response.function_call_arguments.done', { ...place, arguments: item['arguments'] }),
    event('response.output_item.done', { output_index, item }),
  ]
}

function outputItems(id: string, { text, toolCalls }: Answer): Item[] {
  const calls = toolCalls.map((call, index) => ({
    id: `fc_${id}_${index + 1}`,
    type: 'function_call',
    status: 'completed',
    call_id: call.id,
    name: call.name,
    arguments: JSON.stringify(call.input),
  }))
  return text === '' ? calls : [message(id, text), ...calls]
}

function message(id: string, text: string): Item {
  const content = [{ type: 'output_text', text, annotations: [] }]
  return { id: `msg_${id}`, type: 'message', role: 'assistant', status: 'completed', content }
}

function response({ id, model, reply }: Exchange, status: string, output: Item[]): object {
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: CREATED_AT,
    status,
    error: null,
    incomplete_details: null,
    model,
    output,
    usage: status === 'completed' ? usageOf(reply.usage) : null,
    service_tier: 'default',
  }
}

function usageOf(usage: ProviderUsage | undefined): object | null {
  if (usage === undefined) return null
  const { input, output } = openaiTotals(usage)
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheRead ?? 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
    total_tokens: input + output,
  }
}
