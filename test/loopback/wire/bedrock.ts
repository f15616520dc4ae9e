import { EventStreamCodec } from '@smithy/eventstream-codec'
import { answerOf, pieces, namesOf } from '../answer.ts'
import type { Exchange, Frame, ProviderUsage, WireFormat } from '../exchange.ts'

interface ToolConfig {
  tools?: { toolSpec?: { name: string } }[]
}

/** Amazon Bedrock Converse and ConverseStream. */
export const bedrockConverse: WireFormat = {
  read(path, body) {
    const match = /^\/model\/([^/]+)\/converse(-stream)?$/.exec(path)
    if (match === null) return undefined
    const { tools } = (body['toolConfig'] ?? {}) as ToolConfig
    return {
      model: decodeURIComponent(String(match[1])),
      stream: match[2] !== undefined,
      tools: namesOf(tools, (tool: { toolSpec?: { name: string } }) => tool.toolSpec?.name),
    }
  },

  whole(exchange) {
    return {
      output: { message: { role: 'assistant', content: contentBlocks(exchange) } },
      stopReason: stopReason(exchange),
      ...usageField(exchange.reply.usage),
      metrics: { latencyMs: 20 },
    }
  },

  streamed(exchange) {
    const blocks = contentBlocks(exchange).flatMap(blockEvents)
    return {
      contentType: 'application/vnd.amazon.eventstream',
      opening: [event('messageStart', { role: 'assistant' }), ...blocks.slice(0, 1)],
      closing: [
        ...blocks.slice(1),
        event('messageStop', { stopReason: stopReason(exchange) }),
        event('metadata', { ...usageField(exchange.reply.usage), metrics: { latencyMs: 20 } }),
      ],
      failing: [exception('internalServerException', { message: 'The server had an error.' })],
    }
  },

  refusal(status) {
    return { message: `The loopback refuses with ${status}.` }
  },
}

interface Block {
  text?: string
  toolUse?: { toolUseId: string; name: string; input: object }
}

function contentBlocks(exchange: Exchange): Block[] {
  const { text, toolCalls } = answerOf(exchange)
  const calls = toolCalls.map(({ id, name, input }) => ({
    toolUse: { toolUseId: id, name, input },
  }))
  return text === '' ? calls : [{ text }, ...calls]
}

function stopReason(exchange: Exchange): string {
  return answerOf(exchange).toolCalls.length > 0 ? 'tool_use' : 'end_turn'
}

function blockEvents({ text, toolUse }: Block, contentBlockIndex: number): Frame[] {
  const stop = event('contentBlockStop', { contentBlockIndex })
  if (toolUse === undefined) {
    const deltas = pieces(text ?? '').map((piece) =>
      event('contentBlockDelta', { contentBlockIndex, delta: { text: piece } }),
    )
    return [...deltas, stop]
  }
  const { toolUseId, name, input } = toolUse
  const delta = { toolUse: { input: JSON.stringify(input) } }
  return [
    event('contentBlockStart', { contentBlockIndex, start: { toolUse: { toolUseId, name } } }),
    event('contentBlockDelta', { contentBlockIndex, delta }),
    stop,
  ]
}

/** Bedrock's input excludes cache reads and writes. */
function usageField(usage: ProviderUsage | undefined): object {
  if (usage === undefined) return {}
  const { uncachedInput, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 } = usage
  const output = (usage.outputText ?? 0) + (usage.reasoning ?? 0)
  const written = cacheWrite5m + cacheWrite1h
  const details = [
    { ttl: '5m', inputTokens: cacheWrite5m },
    { ttl: '1h', inputTokens: cacheWrite1h },
  ].filter((detail) => detail.inputTokens > 0)
  return {
    usage: {
      inputTokens: uncachedInput,
      outputTokens: output,
      totalTokens: uncachedInput + cacheRead + written + output,
      cacheReadInputTokens: cacheRead,
      cacheWriteInputTokens: written,
      ...(details.length > 0 && { cacheDetails: details }),
    },
  }
}

const encoder = new TextEncoder()
const codec = new EventStreamCodec(
  (bytes) => new TextDecoder().decode(bytes as Uint8Array),
  (text) => encoder.encode(text),
)

function event(type: string, body: object): Frame {
  return encode({ ':message-type': 'event', ':event-type': type }, body)
}

function exception(type: string, body: object): Frame {
  return encode({ ':message-type': 'exception', ':exception-type': type }, body)
}

function encode(names: Record<string, string>, body: object): Frame {
  const all = { ...names, ':content-type': 'application/json' }
  const headers = Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, { type: 'string' as const, value }]),
  )
  return codec.encode({ headers, body: encoder.encode(JSON.stringify(body)) })
}
