import { answerOf, pieces, namesOf, serverSentEvent } from '../answer.ts'
import { CREATED_AT } from '../exchange.ts'
import type { Exchange, Frame, ProviderUsage, WireFormat } from '../exchange.ts'
import { openaiRefusal, openaiTotals } from './openai-usage.ts'

/** OpenAI chat completions; Azure serves the same below a deployment. */
export const openaiChat: WireFormat = {
  read(path, body) {
    if (!path.endsWith('/chat/completions')) return undefined
    const deployment = /\/deployments\/([^/]+)\//.exec(path)?.[1]
    return {
      model: deployment ?? String(body['model']),
      stream: body['stream'] === true,
      tools: namesOf(body['tools'], (tool: { function?: { name: string } }) => tool.function?.name),
    }
  },

  whole(exchange) {
    const { text, toolCalls } = answerOf(exchange)
    const message = {
      role: 'assistant',
      content: text === '' ? null : text,
      ...(toolCalls.length > 0 && { tool_calls: toolCalls.map(chatToolCall) }),
    }
    return {
      ...envelope(exchange, 'chat.completion'),
      choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(exchange) }],
      ...usageField(exchange.reply.usage),
      service_tier: 'default',
    }
  },

  streamed(exchange) {
    const { text, toolCalls } = answerOf(exchange)
    const deltas: Frame[] = [
      chunk(exchange, { role: 'assistant', content: '' }),
      ...pieces(text).map((content) => chunk(exchange, { content })),
      ...toolCalls.map((call, index) =>
        chunk(exchange, { tool_calls: [{ index, ...chatToolCall(call) }] }),
      ),
    ]
    return {
      contentType: 'text/event-stream',
      opening: deltas.slice(0, 2),
      closing: [...deltas.slice(2), ...finish(exchange)],
      failing: [serverSentEvent(openaiRefusal(500)), serverSentEvent('[DONE]')],
    }
  },

  refusal: openaiRefusal,
}

function finish(exchange: Exchange): Frame[] {
  const frames = [chunk(exchange, {}, finishReason(exchange))]
  const { usage } = exchange.reply
  // OpenAI sends the usage of a stream only to those who ask for it. Mistral always does, and knows no such option.
  const options = exchange.request.body['stream_options'] as { include_usage?: boolean } | undefined
  const isSent = options?.include_usage === true || exchange.request.provider === 'mistral'
  if (usage !== undefined && isSent) {
    const last = {
      ...envelope(exchange, 'chat.completion.chunk'),
      choices: [],
      ...usageField(usage),
    }
    frames.push(serverSentEvent(last))
  }
  return [...frames, serverSentEvent('[DONE]')]
}

function envelope({ id, model }: Exchange, object: string) {
  return { id: `chatcmpl-${id}`, object, created: CREATED_AT, model }
}

function chunk(exchange: Exchange, delta: object, finish_reason: string | null = null): Frame {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason }]
  return serverSentEvent({ ...envelope(exchange, 'chat.completion.chunk'), choices })
}

function finishReason(exchange: Exchange): string {
  return answerOf(exchange).toolCalls.length > 0 ? 'tool_calls' : 'stop'
}

function chatToolCall({ id, name, input }: { id: string; name: string; input: object }) {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } }
}

function usageField(usage: ProviderUsage | undefined): object {
  if (usage === undefined) return {}
  const { input, output } = openaiTotals(usage)
  return {
    usage: {
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: input + output,
      prompt_tokens_details: {
        cached_tokens: usage.cacheRead ?? 0,
        audio_tokens: usage.audioInput ?? 0,
      },
      completion_tokens_details: {
        reasoning_tokens: usage.reasoning ?? 0,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    },
  }
}
