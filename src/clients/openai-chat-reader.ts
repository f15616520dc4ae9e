import type { RecordedUsage } from '../manual/recorded-usage.ts'
import { readReportedCost } from '../price/reported-cost.ts'
import { asObject, objectAt, type JsonObject } from '../span/json.ts'
import { objectsIn, type AnswerState, type FormatReader, type UsageOf } from './answer-state.ts'
import { Choices } from './choices.ts'
import { openAiUsage } from './openai-total.ts'

/**
 * Chat completions and completions of OpenAI, and of all whose answers have that form. The usage of a stream is in its
 * last chunk, or, as far as it has come, in each.
 */
export class OpenAiChatReader implements FormatReader {
  readonly #seen: AnswerState
  readonly #choices = new Choices()
  #isFirst = true
  #hasAnnotations = false
  /** Vercel's AI Gateway: its metadata, with what it debited. */
  #gateway: JsonObject | undefined

  constructor(seen: AnswerState) {
    this.#seen = seen
  }

  read(chunk: JsonObject): void {
    const seen = this.#seen
    const isFirst = this.#isFirst
    this.#isFirst = false
    seen.name(chunk['model'], chunk['id'])
    seen.tier(chunk['service_tier'])
    if (seen.family === 'gateway') this.#findGateway(chunk)
    const choices: unknown = chunk['choices']
    const isList = Array.isArray(choices)
    if (isList) this.#seeChoices(choices)
    this.#readUsage(chunk, !isList || choices.length === 0)
    // All that is kept of a whole answer that is too long, such as one with images, is its end.
    if (isFirst && !isList && 'usage' in chunk) seen.hasEnded = true
    const error = chunk['error']
    if (error !== undefined && error !== null) seen.fail(errorOf(error))
    // A whole answer with its usage: nothing remains to be counted.
    if (!isList || (isFirst && seen.isComplete)) return
    for (let index = 0; index < choices.length; index++) countChoice(choices[index], seen)
  }

  end(): void {
    if (this.#seen.errorType === undefined) this.#seen.hasEnded = true
  }

  #seeChoices(choices: readonly unknown[]): void {
    for (let index = 0; index < choices.length; index++) {
      const choice = asObject(choices[index])
      if (choice === undefined) continue
      const reason = choice['finish_reason']
      if (reason === 'error') this.#seen.fail('error')
      // A message is whole even without a reason.
      const hasEnded = typeof reason === 'string' ? reason !== 'error' : 'message' in choice
      this.#choices.see(choice['index'], hasEnded)
      const part = asObject(choice['delta'] ?? choice['message'])
      if (part !== undefined && hasItems(part['annotations'])) {
        this.#hasAnnotations = true
        this.#seen.ranTools = true
      }
    }
    this.#seen.hasEnded = this.#choices.haveEnded
  }

  #readUsage(chunk: JsonObject, isAlone: boolean): void {
    const usage = asObject(chunk['usage']) ?? this.#ownUsage(chunk)
    if (usage === undefined) return
    const answer: JsonObject = {
      usage,
      service_tier: this.#seen.serviceTier,
      choices: this.#hasAnnotations ? annotated : undefined,
      gateway: this.#gateway,
    }
    this.#seen.report(answer, isAlone || this.#seen.hasEnded)
  }

  /** If the caller did not ask for usage, Groq has it in a field of its own, and Moonshot in the choice that ends. */
  #ownUsage(chunk: JsonObject): JsonObject | undefined {
    const usage = asObject(asObject(chunk['x_groq'])?.['usage'])
    if (usage !== undefined || !this.#seen.hasEnded || !this.#choices.isOne) return usage
    const choices: unknown = chunk['choices']
    return Array.isArray(choices) ? asObject(asObject(choices[0])?.['usage']) : undefined
  }

  #findGateway(chunk: JsonObject): void {
    const [choice] = objectsIn(chunk['choices'])
    const places = [chunk, asObject(choice?.['delta']), asObject(choice?.['message'])]
    for (const place of places) {
      const metadata = objectAt(place, 'provider_metadata') ?? objectAt(place, 'providerMetadata')
      this.#gateway = objectAt(metadata, 'gateway') ?? this.#gateway
    }
  }
}

/** All that is kept of choices whose pages are cited: their search is billed. */
const annotated = [{ message: { annotations: [true] } }]

/** Reads what a chat reader has kept of an answer. */
export function chatUsageOf(family: AnswerState['family']): UsageOf {
  return (answer) => withGatewayBill(openAiUsage(answer, family), objectAt(answer, 'gateway'))
}

function withGatewayBill(usage: RecordedUsage, gateway: JsonObject | undefined): RecordedUsage {
  if (gateway === undefined || usage.billed !== undefined) return usage
  const call = {
    vocabulary: 'gen-ai',
    operation: 'chat',
    provider: 'gateway',
    family: 'gateway',
    requestModel: undefined,
    responseModel: undefined,
  } as const
  const billed = readReportedCost(call, {}, { gateway })
  return billed === undefined ? usage : { ...usage, billed }
}

function countChoice(value: unknown, seen: AnswerState): void {
  const choice = asObject(value)
  if (choice === undefined) return
  // Completions, of which there is no chat.
  seen.text(choice['text'])
  const part = asObject(choice['delta'] ?? choice['message'])
  if (part === undefined) return
  const content = part['content']
  if (typeof content === 'string') seen.text(content)
  else if (Array.isArray(content)) countContent(content, seen)
  seen.text(part['refusal'])
  seen.text(asObject(part['audio'])?.['transcript'])
  // Some servers write the same thought under both names.
  seen.reasoning(part['reasoning_content'] ?? part['reasoning'])
  countCall(part['function_call'], seen)
  const calls = part['tool_calls']
  if (!Array.isArray(calls)) return
  for (let index = 0; index < calls.length; index++) {
    const call = asObject(calls[index])
    countCall(call?.['function'] ?? call?.['custom'], seen)
  }
}

/** Mistral: a list of texts and thoughts. */
function countContent(content: readonly unknown[], seen: AnswerState): void {
  for (const item of objectsIn(content)) {
    seen.text(item['text'])
    seen.reasoning(item['thinking'])
    for (const thought of objectsIn(item['thinking'])) seen.reasoning(thought['text'])
  }
}

function countCall(value: unknown, seen: AnswerState): void {
  const call = asObject(value)
  if (call === undefined) return
  seen.tool(call['name'])
  seen.tool(call['arguments'] ?? call['input'])
}

/** The name of an error: its type, else its code. */
export function errorOf(error: unknown): unknown {
  const { type, code } = asObject(error) ?? {}
  return typeof type === 'string' ? type : code
}

function hasItems(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0
}
