import { AI_USAGE_PREFIX, GEN_AI_USAGE_PREFIX } from '../span/attribute-names.ts'
import { attributeNamed, toQuantity, type SpanAttributes } from '../span/span.ts'
import type { UsageReading } from './usage.ts'

/**
 * Speech and transcription: AI SDK 7 copies the provider's usage object number by number, so
 * it may count tokens, characters or seconds.
 */
export function readAudioUsage(attributes: SpanAttributes): UsageReading | undefined {
  for (const prefix of [GEN_AI_USAGE_PREFIX, AI_USAGE_PREFIX]) {
    const read = (name: string): number =>
      toQuantity(attributeNamed(attributes, prefix + name)) ?? 0
    const [input, output] = [read('input_tokens'), read('output_tokens')]
    const [characters, seconds] = [read('characters'), read('seconds')]
    if (input + output + characters + seconds === 0) continue
    const audioInput = Math.min(input, read('input_token_details.audio_tokens'))
    return {
      usage: {
        input: input - audioInput,
        cacheRead: 0,
        cacheWrite5m: 0,
        cacheWrite1h: 0,
        output,
        reasoning: 0,
        audioInput,
        audioOutput: 0,
        imageInput: 0,
        imageOutput: 0,
        characters,
        seconds,
        searches: 0,
      },
      unseen: 0,
      serviceTier: undefined,
      region: undefined,
    }
  }
  return undefined
}
