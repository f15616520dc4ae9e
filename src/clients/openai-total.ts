import type { ProviderFamily } from '../conventions/provider-family.ts'
import type { RecordedUsage } from '../manual/recorded-usage.ts'
import { usageFrom } from '../manual/usage-from.ts'
import { objectAt, type JsonObject } from '../span/json.ts'
import { toQuantity } from '../span/span.ts'
import * as Unseen from '../usage/unseen.ts'
import { hiding } from './answer-state.ts'

/** All tokens that a usage counts. */
function tokensOf(usage: RecordedUsage): number {
  const { input = 0, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0, audioInput = 0 } = usage
  const { imageInput = 0, output = 0, audioOutput = 0, imageOutput = 0 } = usage
  const prompt = input + cacheRead + cacheWrite5m + cacheWrite1h + audioInput + imageInput
  return prompt + output + audioOutput + imageOutput
}

/** Whether more tokens were read from the cache than the prompt has. */
function isContradictory(usage: JsonObject | undefined): boolean {
  const prompt = toQuantity(usage?.['prompt_tokens'] ?? usage?.['input_tokens'])
  const details =
    objectAt(usage, 'prompt_tokens_details') ?? objectAt(usage, 'input_tokens_details')
  const cached = toQuantity(details?.['cached_tokens']) ?? 0
  return prompt !== undefined && cached > prompt
}

/**
 * Reads OpenAI's usage, whose total may hold more than its parts. Google's interface that is compatible with OpenAI
 * leaves thoughts out of the completion; of other providers it is not known what the rest is.
 */
export function openAiUsage(answer: JsonObject, family: ProviderFamily | undefined): RecordedUsage {
  const stated = objectAt(answer, 'usage')
  const read = usageFrom(answer)
  const usage = isContradictory(stated) ? hiding(read, Unseen.ambiguous) : read
  const total = toQuantity(stated?.['total_tokens']) ?? 0
  const rest = total - tokensOf(usage)
  if (!(rest > 0)) return usage
  if (family !== 'google' && family !== 'google-vertex') return hiding(usage, Unseen.ambiguous)
  const { output = 0, reasoning = 0 } = usage
  return { ...usage, output: output + rest, reasoning: reasoning + rest }
}
