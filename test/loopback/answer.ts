import type { Exchange, Frame } from './exchange.ts'

export interface ToolCallAnswer {
  id: string
  name: string
  input: object
}

/** The model's answer in an exchange: text, tool calls, or both. */
export interface Answer {
  text: string
  toolCalls: ToolCallAnswer[]
}

/**
 * An object is answered as the call of the offered tool when there is one: AI SDK versions differ in
 * whether they ask for structured output with a response format or with a forced tool.
 */
export function answerOf({ request, reply, id }: Exchange): Answer {
  const toolCalls = (reply.toolCalls ?? []).map((call, index) => ({
    ...call,
    id: `call_${id}_${index + 1}`,
  }))
  if (reply.object === undefined) return { text: reply.text ?? '', toolCalls }

  const [tool] = request.tools
  if (tool === undefined) return { text: JSON.stringify(reply.object), toolCalls }
  return { text: '', toolCalls: [{ id: `call_${id}_1`, name: tool, input: reply.object }] }
}

/** A text as it streams: two pieces at least, so that there is a middle, and many if it is long. */
export function pieces(text: string): string[] {
  const count = Math.max(2, Math.floor(text.length / 12))
  const length = Math.max(1, Math.ceil(text.length / count))
  return text.match(new RegExp(`.{1,${length}}`, 'gs')) ?? []
}

/** A short vector that depends on its place only. */
export function embeddings(count: number): number[][] {
  return Array.from({ length: count }, (_, index) => [index + 1, 0.5, 0.25])
}

export function namesOf(tools: unknown, nameOf: (tool: never) => unknown): string[] {
  if (!Array.isArray(tools)) return []
  return tools.map((tool) => nameOf(tool as never)).filter((name) => typeof name === 'string')
}

export function serverSentEvent(data: unknown, event?: string): Frame {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`
}
