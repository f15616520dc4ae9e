import { asObject, objectAt, type JsonObject } from '../span/json.ts'
import { objectsIn, type AnswerState, type FormatReader } from './answer-state.ts'
import { errorOf } from './openai-chat-reader.ts'

/** Items that a model writes itself. All others are tools that the provider ran. */
const writtenItems = new Set<unknown>([
  'message',
  'reasoning',
  'function_call',
  'custom_tool_call',
  'computer_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
  'mcp_list_tools',
  'mcp_approval_request',
  'compaction',
])

/** Responses of OpenAI. The last event of a stream has the whole response, with its usage. */
export class OpenAiResponsesReader implements FormatReader {
  readonly #seen: AnswerState

  constructor(seen: AnswerState) {
    this.#seen = seen
  }

  read(event: JsonObject): void {
    const seen = this.#seen
    switch (event['type']) {
      case 'response.output_text.delta':
      case 'response.refusal.delta':
      case 'response.code_interpreter_call_code.delta':
        seen.text(event['delta'])
        return
      case 'response.reasoning_text.delta':
      case 'response.reasoning_summary_text.delta':
        seen.reasoning(event['delta'])
        return
      case 'response.function_call_arguments.delta':
      case 'response.mcp_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        seen.tool(event['delta'])
        return
      case 'response.output_item.added':
        this.#seeItem(event['item'])
        seen.tool(asObject(event['item'])?.['name'])
        return
      case 'response.output_item.done':
        this.#seeItem(event['item'])
        return
      case 'error':
        // OpenAI's clients document the code beside the type of the event, its server sends it inside.
        seen.fail(errorOf(event['error']) ?? event['code'])
        return
      default:
        this.#readResponse(objectAt(event, 'response') ?? event)
    }
  }

  #seeItem(item: unknown): void {
    const type = asObject(item)?.['type']
    if (typeof type === 'string' && !writtenItems.has(type)) this.#seen.ranTools = true
  }

  #readResponse(response: JsonObject): void {
    const seen = this.#seen
    // Events of no interest have neither.
    if (!('usage' in response || 'status' in response)) {
      if ('error' in response) seen.fail(errorOf(response['error']))
      return
    }
    seen.name(response['model'], response['id'])
    seen.tier(response['service_tier'])
    const { status, error, output } = response
    if (error !== undefined && error !== null) seen.fail(errorOf(error))
    if (status === 'failed') seen.fail('failed')
    const hasEnded = status === undefined ? 'usage' in response : !unfinished.has(status)
    if (hasEnded) seen.hasEnded = true
    const items = objectsIn(output)
    for (const item of items) this.#seeItem(item)
    const usage = objectAt(response, 'usage')
    if (usage !== undefined) {
      // The kinds of the items show what was billed besides; their texts are not kept.
      const kinds = items.map(({ type }) => ({ type }))
      const { service_tier } = response
      seen.report({ object: 'response', usage, service_tier, output: kinds }, hasEnded)
    } else if (hasEnded && seen.textCharacters + seen.toolCharacters === 0) {
      for (const item of items) countItem(item, seen)
    }
  }
}

const unfinished = new Set<unknown>(['in_progress', 'queued'])

/** A whole response that reports no usage. */
function countItem(item: JsonObject, seen: AnswerState): void {
  for (const part of objectsIn(item['content'])) seen.text(part['text'] ?? part['refusal'])
  for (const part of objectsIn(item['summary'])) seen.reasoning(part['text'])
  if (item['type'] === 'message') return
  seen.tool(item['name'])
  seen.tool(item['arguments'] ?? item['input'])
}
