import { providerFamily, type ProviderFamily } from '../conventions/provider-family.ts'
import { usageFrom } from '../manual/usage-from.ts'
import { asObject } from '../span/json.ts'
import {
  AnswerState,
  type CountText,
  type FormatReader,
  type SeenAnswer,
  type UsageOf,
} from './answer-state.ts'
import { AnthropicReader } from './anthropic-reader.ts'
import { CohereChatReader } from './cohere-reader.ts'
import type { AnswerFormat } from './endpoint.ts'
import { GoogleReader } from './google-reader.ts'
import { chatUsageOf, OpenAiChatReader } from './openai-chat-reader.ts'
import { OpenAiResponsesReader } from './openai-responses-reader.ts'
import { openAiUsage } from './openai-total.ts'
import {
  cohereEmbedUsageOf,
  embeddingsUsageOf,
  imagesUsageOf,
  SingleAnswerReader,
  speechUsageOf,
  transcriptionUsageOf,
} from './single-answer-reader.ts'

export type { CountText, SeenAnswer, TextKind } from './answer-state.ts'

/** Reads one answer of a provider, whole or event by event. It never throws. */
export interface AnswerReader {
  /** A whole answer, the value of one event, or the list of events that Google answers with instead of a stream. */
  read(value: unknown): void
  /** The data of one event: JSON, or `[DONE]`. Anything else is ignored. */
  readEvent(data: string): void
  readonly seen: SeenAnswer
}

/**
 * Creates the reader of one answer.
 *
 * @param count receives each piece of text, reasoning and tool arguments as it arrives, for an estimate if the answer
 * breaks off. Of a whole answer that reports its usage it receives nothing.
 * @param provider the provider of the endpoint. A reported cost is read only if this provider reports costs.
 */
export function createAnswerReader(
  format: AnswerFormat,
  count?: CountText,
  provider?: string,
): AnswerReader {
  const family = provider === undefined ? undefined : providerFamily(provider)
  const seen = new AnswerState(count, family, usageReaderOf(format, family))
  return new ReaderOfFormat(seen, formatReader(format, seen))
}

class ReaderOfFormat implements AnswerReader {
  readonly seen: SeenAnswer
  readonly #format: FormatReader

  constructor(seen: SeenAnswer, format: FormatReader) {
    this.seen = seen
    this.#format = format
  }

  read(value: unknown): void {
    try {
      if (Array.isArray(value)) {
        for (const item of value) this.#readOne(item)
      } else {
        this.#readOne(value)
      }
    } catch {
      // An answer in a shape that no provider documents is one that reports nothing.
    }
  }

  readEvent(data: string): void {
    try {
      if (data === '[DONE]') this.#format.end?.()
      else this.#readOne(JSON.parse(data))
    } catch {
      // The last event of a stream that was cut is no JSON.
    }
  }

  #readOne(value: unknown): void {
    const event = asObject(value)
    if (event !== undefined) this.#format.read(event)
  }
}

function formatReader(format: AnswerFormat, seen: AnswerState): FormatReader {
  switch (format) {
    case 'openai-chat':
    case 'openai-completions':
      return new OpenAiChatReader(seen)
    case 'openai-responses':
      return new OpenAiResponsesReader(seen)
    case 'anthropic-messages':
      return new AnthropicReader(seen)
    case 'google-generate':
      return new GoogleReader(seen)
    case 'cohere-chat':
      return new CohereChatReader(seen)
    default:
      return new SingleAnswerReader(seen)
  }
}

function usageReaderOf(format: AnswerFormat, family: ProviderFamily | undefined): UsageOf {
  switch (format) {
    case 'openai-chat':
    case 'openai-completions':
      return chatUsageOf(family)
    case 'openai-responses':
      return (answer) => openAiUsage(answer, family)
    case 'openai-embeddings':
    case 'google-embed':
      return embeddingsUsageOf
    case 'openai-images':
      return imagesUsageOf
    case 'openai-speech':
      return speechUsageOf
    case 'openai-transcription':
      return transcriptionUsageOf
    case 'cohere-embed':
      return cohereEmbedUsageOf
    default:
      return usageFrom
  }
}
