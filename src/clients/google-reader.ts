import { asObject, objectAt, type JsonObject } from '../span/json.ts'
import { toQuantity } from '../span/span.ts'
import { objectsIn, type AnswerState, type FormatReader } from './answer-state.ts'
import { Choices } from './choices.ts'

/** `generateContent` of Google. Each event of a stream reports the usage as far as it has come. */
export class GoogleReader implements FormatReader {
  readonly #seen: AnswerState
  readonly #candidates = new Choices()
  #isFirst = true

  constructor(seen: AnswerState) {
    this.#seen = seen
  }

  read(event: JsonObject): void {
    const seen = this.#seen
    const isFirst = this.#isFirst
    this.#isFirst = false
    seen.name(event['modelVersion'], event['responseId'])
    const candidates = objectsIn(event['candidates'])
    for (const candidate of candidates) this.#seeCandidate(candidate)
    if (candidates.length > 0) seen.hasEnded = this.#candidates.haveEnded
    // A prompt that was blocked has no candidates.
    else if (objectAt(event, 'promptFeedback')?.['blockReason'] !== undefined) seen.hasEnded = true
    const error = objectAt(event, 'error')
    if (error !== undefined) seen.fail(error['status'])
    this.#readUsage(objectAt(event, 'usageMetadata'), candidates.length === 0)
    // A whole answer with its usage: nothing remains to be counted.
    if (isFirst && seen.isComplete) return
    for (const candidate of candidates) countParts(candidate, seen)
  }

  #seeCandidate(candidate: JsonObject): void {
    const hasEnded = typeof candidate['finishReason'] === 'string'
    this.#candidates.see(candidate['index'], hasEnded)
    if (objectAt(candidate, 'groundingMetadata') !== undefined) this.#seen.ranTools = true
  }

  #readUsage(usageMetadata: JsonObject | undefined, isAlone: boolean): void {
    // Vertex AI's first events report nothing but the kind of traffic.
    if (toQuantity(usageMetadata?.['promptTokenCount']) === undefined) return
    const candidates = this.#seen.ranTools ? grounded : undefined
    this.#seen.report({ usageMetadata, candidates }, isAlone || this.#seen.hasEnded)
  }
}

/** All that is kept of candidates that searched: the search is billed. */
const grounded = [{ groundingMetadata: {} }]

function countParts(candidate: JsonObject, seen: AnswerState): void {
  const parts = asObject(candidate['content'])?.['parts']
  if (!Array.isArray(parts)) return
  for (let index = 0; index < parts.length; index++) {
    const part = asObject(parts[index])
    if (part === undefined) continue
    if (part['thought'] === true) seen.reasoning(part['text'])
    else seen.text(part['text'])
    seen.text(asObject(part['executableCode'])?.['code'])
    const call = asObject(part['functionCall'])
    if (call === undefined) continue
    seen.tool(call['name'])
    if (call['args'] !== undefined) seen.tool(JSON.stringify(call['args']))
  }
}
