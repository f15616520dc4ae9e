import { asObject, objectAt, type JsonObject } from '../span/json.ts'
import { toQuantity } from '../span/span.ts'
import { objectsIn, type AnswerState, type FormatReader } from './answer-state.ts'

/**
 * Messages of Anthropic. The first event of a stream reports the prompt, with the lifetime of what was cached, the tier
 * and the region; each `message_delta` repeats the counts, as far as they have come.
 */
export class AnthropicReader implements FormatReader {
  readonly #seen: AnswerState
  #started: JsonObject = {}
  #hasDelta = false

  constructor(seen: AnswerState) {
    this.#seen = seen
  }

  read(event: JsonObject): void {
    const seen = this.#seen
    switch (event['type']) {
      case 'content_block_delta':
        countDelta(event['delta'], seen)
        return
      case 'content_block_start':
        this.#startBlock(asObject(event['content_block']))
        return
      case 'message_start':
        this.#start(objectAt(event, 'message'))
        return
      case 'message_delta':
        this.#delta(event)
        return
      case 'message_stop':
        seen.hasEnded = true
        if (this.#hasDelta) seen.confirm()
        return
      case 'error':
        seen.fail(objectAt(event, 'error')?.['type'])
        return
      case 'message':
        this.#readWhole(event)
        return
      case undefined:
        // All that is kept of a whole answer that is too long is its end.
        if ('usage' in event) this.#readWhole(event)
        return
      default:
    }
  }

  #start(message: JsonObject | undefined): void {
    if (message === undefined) return
    this.#seen.name(message['model'], message['id'])
    const usage = objectAt(message, 'usage')
    if (usage === undefined) return
    this.#started = usage
    this.#seen.report({ type: 'message', usage }, false)
  }

  #delta(event: JsonObject): void {
    const hasReason = typeof asObject(event['delta'])?.['stop_reason'] === 'string'
    if (hasReason) this.#seen.hasEnded = true
    const usage = objectAt(event, 'usage')
    if (usage === undefined) return
    this.#hasDelta = true
    this.#seen.report({ type: 'message', usage: merged(this.#started, usage) }, hasReason)
  }

  #readWhole(message: JsonObject): void {
    const seen = this.#seen
    seen.name(message['model'], message['id'])
    seen.hasEnded = true
    const usage = objectAt(message, 'usage')
    if (usage !== undefined) seen.report({ type: 'message', usage }, true)
    const isReported = seen.usage !== undefined
    for (const block of objectsIn(message['content'])) {
      if (block['type'] === 'server_tool_use') seen.ranTools = true
      if (!isReported) countWhole(block, seen)
    }
  }

  #startBlock(block: JsonObject | undefined): void {
    if (block === undefined) return
    if (block['type'] === 'server_tool_use') this.#seen.ranTools = true
    if (block['type'] === 'tool_use' || block['type'] === 'server_tool_use') {
      this.#seen.tool(block['name'])
    }
  }
}

/**
 * What an event leaves out, or reports as null, holds as it was first reported. The lifetimes of the cache hold only
 * if they add up to what was written in the end: tools that the provider runs may have written more.
 */
function merged(started: JsonObject, delta: JsonObject): JsonObject {
  const usage: { [name: string]: unknown } = { ...started }
  for (const [name, value] of Object.entries(delta)) {
    if (value !== null && value !== undefined) usage[name] = value
  }
  const lifetimes = objectAt(usage, 'cache_creation')
  const written =
    (toQuantity(lifetimes?.['ephemeral_5m_input_tokens']) ?? 0) +
    (toQuantity(lifetimes?.['ephemeral_1h_input_tokens']) ?? 0)
  const total = toQuantity(usage['cache_creation_input_tokens'])
  if (lifetimes !== undefined && total !== undefined && written !== total) {
    usage['cache_creation'] = null
  }
  return usage
}

function countDelta(value: unknown, seen: AnswerState): void {
  const delta = asObject(value)
  switch (delta?.['type']) {
    case 'text_delta':
      seen.text(delta['text'])
      return
    case 'thinking_delta':
      seen.reasoning(delta['thinking'])
      return
    case 'input_json_delta':
      seen.tool(delta['partial_json'])
      return
    default:
  }
}

/** A block of a whole message that reports no usage. */
function countWhole(block: JsonObject, seen: AnswerState): void {
  seen.text(block['text'])
  seen.reasoning(block['thinking'])
  seen.tool(block['name'])
  if (asObject(block['input']) !== undefined) seen.tool(JSON.stringify(block['input']))
}
