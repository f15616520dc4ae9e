import { asObject, objectAt, type JsonObject } from '../span/json.ts'
import { objectsIn, type AnswerState, type FormatReader } from './answer-state.ts'

/** Chats of Cohere, whose usage is in the last event of a stream. */
export class CohereChatReader implements FormatReader {
  readonly #seen: AnswerState

  constructor(seen: AnswerState) {
    this.#seen = seen
  }

  read(event: JsonObject): void {
    const seen = this.#seen
    switch (event['type']) {
      case 'message-start':
        seen.name(undefined, event['id'])
        return
      case 'content-start':
      case 'content-delta':
      case 'tool-plan-delta':
      case 'tool-call-start':
      case 'tool-call-delta':
        countMessage(objectAt(objectAt(event, 'delta'), 'message'), seen)
        return
      case 'message-end':
        this.#end(objectAt(event, 'delta') ?? {})
        return
      case undefined:
        this.#readWhole(event)
        return
      default:
    }
  }

  #end(answer: JsonObject): void {
    const seen = this.#seen
    const reason = answer['finish_reason']
    if (reason === 'ERROR' || reason === 'TIMEOUT') seen.fail(reason)
    else seen.hasEnded = true
    const { usage, meta } = answer
    if (asObject(usage ?? meta) !== undefined) {
      seen.report(usage === undefined ? { meta } : { usage }, true)
    }
  }

  /** Of version 2, or of version 1, which has a generation instead of a message. */
  #readWhole(answer: JsonObject): void {
    const seen = this.#seen
    // A refusal is a message of text.
    if (typeof answer['message'] === 'string') {
      seen.fail(undefined)
      return
    }
    seen.name(undefined, answer['id'] ?? answer['generation_id'])
    this.#end(answer)
    if (seen.usage !== undefined) return
    seen.text(answer['text'])
    countMessage(objectAt(answer, 'message'), seen)
  }
}

/** A list in a whole answer is a single object in an event. */
function listOf(value: unknown): readonly JsonObject[] {
  const single = asObject(value)
  return single === undefined ? objectsIn(value) : [single]
}

function countMessage(message: JsonObject | undefined, seen: AnswerState): void {
  if (message === undefined) return
  for (const content of listOf(message['content'])) {
    seen.text(content['text'])
    seen.reasoning(content['thinking'])
  }
  seen.reasoning(message['tool_plan'])
  for (const call of listOf(message['tool_calls'])) {
    seen.tool(objectAt(call, 'function')?.['name'])
    seen.tool(objectAt(call, 'function')?.['arguments'])
  }
}
