import type { RecordedUsage } from '../manual/recorded-usage.ts'
import { usageFrom } from '../manual/usage-from.ts'
import { objectAt, type JsonObject } from '../span/json.ts'
import { toQuantity } from '../span/span.ts'
import * as Unseen from '../usage/unseen.ts'
import type { AnswerState, FormatReader, UsageOf } from './answer-state.ts'
import { errorOf } from './openai-chat-reader.ts'

/** Events of a stream that have no more of the answer than a piece. */
const pieces = new Set<unknown>([
  'transcript.text.delta',
  'transcript.text.segment',
  'speech.audio.delta',
  'image_generation.partial_image',
  'image_edit.partial_image',
])

/** Answers whose usage is in one object: embeddings, images, speech, transcriptions and rerankings. */
export class SingleAnswerReader implements FormatReader {
  readonly #seen: AnswerState

  constructor(seen: AnswerState) {
    this.#seen = seen
  }

  read(answer: JsonObject): void {
    const seen = this.#seen
    const { type } = answer
    if (pieces.has(type)) {
      if (type === 'transcript.text.delta') seen.text(answer['delta'])
      return
    }
    const error = answer['error']
    if ((error !== undefined && error !== null) || type === 'error') {
      seen.fail(errorOf(error) ?? answer['code'])
      return
    }
    seen.name(answer['model'], answer['id'])
    seen.hasEnded = true
    const usage = objectAt(answer, 'usage')
    const { meta, usageMetadata, service_tier } = answer
    if (usage === undefined && meta === undefined && usageMetadata === undefined) return
    seen.report(usage === undefined ? { meta, usageMetadata } : { usage, service_tier }, true)
  }
}

/** Only the prompt of a chat is cached. */
const caches = Unseen.cacheReadsInInput | Unseen.cacheWritesInInput

function withoutCaches({ unseen = 0, ...usage }: RecordedUsage): RecordedUsage {
  const rest = unseen & ~caches
  return rest === 0 ? usage : { ...usage, unseen: rest }
}

/** Nothing but input, which some report as the total alone. */
export const embeddingsUsageOf: UsageOf = (answer) => {
  const usage = objectAt(answer, 'usage')
  const total = toQuantity(usage?.['total_tokens'])
  const isTotal = total !== undefined && usage?.['prompt_tokens'] === undefined
  const input = isTotal && usage?.['input_tokens'] === undefined ? { prompt_tokens: total } : {}
  const read = usageFrom(
    usage === undefined ? answer : { ...answer, usage: { ...usage, ...input } },
  )
  const { output, unseen = 0, ...rest } = withoutCaches(read)
  const isInputOnly = output === undefined || output === 0
  const hidden = isInputOnly ? unseen & ~Unseen.output : unseen
  return { ...rest, ...(!isInputOnly && { output }), ...(hidden !== 0 && { unseen: hidden }) }
}

/** Cohere's prices for images are by the token or by the image, and only tokens are a usage. */
export const cohereEmbedUsageOf: UsageOf = ({ meta }) => {
  const billed = objectAt({ meta }, 'meta') && objectAt(objectAt({ meta }, 'meta'), 'billed_units')
  if (billed === undefined) return undefined
  const input = toQuantity(billed['input_tokens'])
  const imageInput = toQuantity(billed['image_tokens'])
  const images = imageInput === undefined ? toQuantity(billed['images']) : undefined
  return {
    ...(input !== undefined && { input }),
    ...(imageInput !== undefined && { imageInput }),
    ...(images !== undefined && images > 0 && { unseen: Unseen.images }),
  }
}

/** Output that is not split may be images, as of an answer that has them in it. */
export const imagesUsageOf: UsageOf = (answer) =>
  withoutCaches(usageFrom({ ...answer, data: [{ b64_json: '' }] }))

/** The output of speech is audio. */
export const speechUsageOf: UsageOf = (answer) => {
  const { output = 0, audioOutput = 0, ...usage } = withoutCaches(usageFrom(answer))
  return { ...usage, output: 0, audioOutput: audioOutput + output }
}

/** By the token or by the second. Mistral counts both, and bills the seconds. */
export const transcriptionUsageOf: UsageOf = (answer) => {
  const seconds = toQuantity(objectAt(answer, 'usage')?.['prompt_audio_seconds'])
  return seconds === undefined ? withoutCaches(usageFrom(answer)) : { seconds }
}
