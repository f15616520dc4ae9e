import { quantity, type SpanAttributes } from '../span/span.ts'
import { AI_USAGE_PREFIX, GEN_AI_USAGE_PREFIX } from '../span/attribute-names.ts'
import { noUsage, standardTerms, type UsageReading } from './usage.ts'

/**
 * Speech and transcription: AI SDK 7 copies the provider's usage object number by number, so
 * it may count tokens, characters or seconds.
 */
export function readAudioUsage(attributes: SpanAttributes): UsageReading {
  for (const prefix of [GEN_AI_USAGE_PREFIX, AI_USAGE_PREFIX]) {
    const input = quantity(attributes, `${prefix}input_tokens`)
    const output = quantity(attributes, `${prefix}output_tokens`)
    const characters = quantity(attributes, `${prefix}characters`)
    const seconds = quantity(attributes, `${prefix}seconds`)
    if ((input ?? 0) + (output ?? 0) + (characters ?? 0) + (seconds ?? 0) === 0) continue
    const audioInput = quantity(attributes, `${prefix}input_token_details.audio_tokens`) ?? 0
    return {
      usage: {
        ...noUsage,
        input: Math.max(0, (input ?? 0) - audioInput),
        audioInput,
        output: output ?? 0,
        characters: characters ?? 0,
        seconds: seconds ?? 0,
      },
      unseen: 0,
      terms: standardTerms,
    }
  }
  return { usage: undefined, unseen: 0, terms: standardTerms }
}
