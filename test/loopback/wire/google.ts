import { answerOf, embeddings, pieces, namesOf, serverSentEvent } from '../answer.ts'
import type { Exchange, Frame, ProviderUsage, WireFormat } from '../exchange.ts'

interface ToolGroup {
  functionDeclarations?: { name: string }[]
}

/** Gemini's generateContent and streamGenerateContent. */
export const googleGenerate: WireFormat = {
  read(path, body) {
    const match = /\/models\/([^/:]+):(generateContent|streamGenerateContent)$/.exec(path)
    if (match === null) return undefined
    const groups = toolGroups(body['tools'])
    return {
      model: String(match[1]),
      stream: match[2] === 'streamGenerateContent',
      tools: namesOf(
        groups.flatMap((group) => group.functionDeclarations ?? []),
        (tool: { name: string }) => tool.name,
      ),
    }
  },

  whole(exchange) {
    return contentOf(exchange, partsOf(exchange), 'STOP')
  },

  streamed(exchange) {
    const parts = partsOf(exchange).flatMap((part) =>
      'text' in part ? pieces(String(part['text'])).map((text) => ({ text })) : [part],
    )
    const last = parts.length - 1
    const chunks: Frame[] = parts.map((part, index) =>
      serverSentEvent(
        index === last
          ? contentOf(exchange, [part], 'STOP')
          : contentOf(soFar(exchange, (index + 1) / parts.length), [part]),
      ),
    )
    return {
      contentType: 'text/event-stream',
      opening: chunks.slice(0, 1),
      closing: chunks.slice(1),
      failing: [serverSentEvent(googleRefusal(503))],
    }
  },

  refusal: googleRefusal,
}

/** Gemini embeddings; the API reports no usage for them. */
export const googleEmbeddings: WireFormat = {
  read(path, body) {
    const match = /\/models\/([^/:]+):(embedContent|batchEmbedContents)$/.exec(path)
    if (match === null) return undefined
    const { requests } = body
    return {
      model: String(match[1]),
      stream: false,
      values: Array.isArray(requests) ? requests.length : 1,
    }
  },

  whole({ request }) {
    const vectors = embeddings(request.values).map((values) => ({ values }))
    return request.endpoint.endsWith(':embedContent')
      ? { embedding: vectors[0] }
      : { embeddings: vectors }
  },

  refusal: googleRefusal,
}

function toolGroups(tools: unknown): ToolGroup[] {
  if (Array.isArray(tools)) return tools as ToolGroup[]
  return typeof tools === 'object' && tools !== null ? [tools] : []
}

function googleRefusal(code: number): unknown {
  const status = code >= 500 ? 'UNAVAILABLE' : 'INVALID_ARGUMENT'
  return { error: { code, message: `The loopback refuses with ${code}.`, status } }
}

function partsOf(exchange: Exchange): Record<string, unknown>[] {
  const { text, toolCalls } = answerOf(exchange)
  const calls = toolCalls.map(({ name, input }) => ({ functionCall: { name, args: input } }))
  return text === '' ? calls : [{ text }, ...calls]
}

/** Every chunk reports usage: the whole prompt, and the output as far as it has come. */
function soFar(exchange: Exchange, share: number): Exchange {
  const { usage } = exchange.reply
  if (usage === undefined) return exchange
  const outputText = Math.ceil((usage.outputText ?? 0) * share)
  return {
    ...exchange,
    reply: { ...exchange.reply, usage: { ...usage, outputText, reasoning: 0 } },
  }
}

function contentOf({ id, model, reply }: Exchange, parts: object[], finishReason?: string): object {
  return {
    candidates: [
      { index: 0, content: { role: 'model', parts }, ...(finishReason && { finishReason }) },
    ],
    ...(reply.usage && { usageMetadata: usageMetadata(reply.usage) }),
    modelVersion: model,
    responseId: id,
  }
}

/** Gemini's prompt includes the cached tokens; its candidates exclude the thoughts. */
function usageMetadata(usage: ProviderUsage): object {
  const { uncachedInput, cacheRead = 0, audioInput = 0, outputText = 0, reasoning = 0 } = usage
  const prompt = uncachedInput + cacheRead + audioInput
  const textTokens = { modality: 'TEXT', tokenCount: prompt - audioInput }
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: outputText,
    totalTokenCount: prompt + outputText + reasoning,
    ...(cacheRead > 0 && { cachedContentTokenCount: cacheRead }),
    promptTokensDetails:
      audioInput > 0 ? [textTokens, { modality: 'AUDIO', tokenCount: audioInput }] : [textTokens],
    ...(reasoning > 0 && { thoughtsTokenCount: reasoning }),
  }
}
