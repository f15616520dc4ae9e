import { answerOf, embeddings, pieces, namesOf, serverSentEvent } from '../answer.ts'
import { billFor } from '../bill.ts'
import type { Exchange, Frame, ProviderUsage, WireFormat } from '../exchange.ts'
import { openaiTotals } from './openai-usage.ts'

/**
 * Vercel AI Gateway: requests and answers are the AI SDK's own language model call, as JSON.
 * A header states which version of that interface the client speaks.
 */
export const gatewayLanguage: WireFormat = {
  read(path, body, headers) {
    if (path !== '/language-model') return undefined
    return {
      model: String(headers['ai-language-model-id']),
      stream: headers['ai-language-model-streaming'] === 'true',
      tools: namesOf(body['tools'], (tool: { name?: string }) => tool.name),
    }
  },

  whole(exchange) {
    const { text, toolCalls } = answerOf(exchange)
    return {
      content: [
        ...(text === '' ? [] : [{ type: 'text', text }]),
        ...toolCalls.map((call) => toolCallPart(call)),
      ],
      finishReason: finishReason(exchange),
      usage: languageUsage(exchange),
      warnings: [],
      providerMetadata: gatewayMetadata(exchange),
      response: { id: `gen_${exchange.id}`, modelId: exchange.model },
    }
  },

  streamed(exchange) {
    const { text, toolCalls } = answerOf(exchange)
    const frames = [
      serverSentEvent({ type: 'stream-start', warnings: [] }),
      serverSentEvent({
        type: 'response-metadata',
        id: `gen_${exchange.id}`,
        modelId: exchange.model,
      }),
      ...(text === '' ? [] : textParts(text)),
      ...toolCalls.map((call) => serverSentEvent(toolCallPart(call))),
    ]
    const finish = {
      type: 'finish',
      finishReason: finishReason(exchange),
      usage: languageUsage(exchange),
      providerMetadata: gatewayMetadata(exchange),
    }
    return {
      contentType: 'text/event-stream',
      opening: frames.slice(0, 4),
      closing: [...frames.slice(4), serverSentEvent(finish), serverSentEvent('[DONE]')],
      failing: [
        serverSentEvent({ type: 'error', error: gatewayRefusal(500) }),
        serverSentEvent('[DONE]'),
      ],
    }
  },

  refusal: gatewayRefusal,
}

export const gatewayEmbedding: WireFormat = {
  read(path, body, headers) {
    if (path !== '/embedding-model') return undefined
    const { values } = body
    return {
      model: String(headers['ai-model-id'] ?? headers['ai-embedding-model-id']),
      stream: false,
      values: Array.isArray(values) ? values.length : 1,
    }
  },

  whole(exchange) {
    const { usage } = exchange.reply
    return {
      embeddings: embeddings(exchange.request.values),
      ...(usage && { usage: { tokens: openaiTotals(usage).input } }),
      providerMetadata: gatewayMetadata(exchange),
    }
  },

  refusal: gatewayRefusal,
}

function gatewayRefusal(status: number): unknown {
  const type = status >= 500 ? 'internal_server_error' : 'invalid_request_error'
  return { error: { message: `The loopback refuses with ${status}.`, type, param: null } }
}

function textParts(text: string): Frame[] {
  const parts = [
    { type: 'text-start', id: '1' },
    ...pieces(text).map((delta) => ({ type: 'text-delta', id: '1', delta })),
    { type: 'text-end', id: '1' },
  ]
  return parts.map((part) => serverSentEvent(part))
}

function toolCallPart({ id, name, input }: { id: string; name: string; input: object }): object {
  return { type: 'tool-call', toolCallId: id, toolName: name, input: JSON.stringify(input) }
}

/** Interface version 2 belongs to AI SDK 5; later ones nest the usage and name the raw finish reason. */
function speaksVersion2({ request }: Exchange): boolean {
  return request.headers['ai-language-model-specification-version'] === '2'
}

function finishReason(exchange: Exchange): unknown {
  const unified = answerOf(exchange).toolCalls.length > 0 ? 'tool-calls' : 'stop'
  return speaksVersion2(exchange) ? unified : { unified, raw: unified }
}

function languageUsage(exchange: Exchange): object {
  const { usage } = exchange.reply
  if (usage === undefined)
    return speaksVersion2(exchange) ? {} : { inputTokens: {}, outputTokens: {} }
  return speaksVersion2(exchange) ? flatUsage(usage) : nestedUsage(usage)
}

function flatUsage(usage: ProviderUsage): object {
  const { input, output } = openaiTotals(usage)
  return {
    inputTokens: input,
    outputTokens: output,
    totalTokens: input + output,
    reasoningTokens: usage.reasoning ?? 0,
    cachedInputTokens: usage.cacheRead ?? 0,
  }
}

function nestedUsage(usage: ProviderUsage): object {
  const { input, output } = openaiTotals(usage)
  const { uncachedInput, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0, reasoning = 0 } = usage
  return {
    inputTokens: {
      total: input,
      noCache: uncachedInput,
      cacheRead,
      cacheWrite: cacheWrite5m + cacheWrite1h,
    },
    outputTokens: { total: output, text: output - reasoning, reasoning },
  }
}

/** The gateway reports what it bills, as a decimal string. */
function gatewayMetadata({ id, request, model, reply }: Exchange): object {
  const usd = billFor({ provider: 'gateway', model, status: 200, usage: reply.usage })
  const cost = usd === undefined ? undefined : decimal(usd)
  const [provider] = request.model.split('/')
  return {
    gateway: {
      routing: {
        originalModelId: request.model,
        resolvedProvider: provider,
        finalProvider: provider,
      },
      ...(cost !== undefined && { cost, marketCost: cost, inferenceCost: cost }),
      generationId: `gen_${id}`,
    },
  }
}

/** Never in exponent notation, as a gateway that counts in decimals would write it. */
function decimal(usd: number): string {
  return usd.toFixed(12).replace(/\.?0+$/, '')
}
