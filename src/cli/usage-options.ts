import { toQuantity } from '../span/span.ts'
import type { Usage } from '../usage/usage.ts'

/** The options for counts, with their help texts, in the order of the help. */
export const usageOptions = {
  input: 'tokens of the whole prompt, cached ones included',
  'cache-read': 'of these, read from a cache',
  'cache-write': 'of these, written to a cache for five minutes',
  'cache-write-1h': 'of these, written to a cache for an hour',
  'audio-input': 'of these, audio',
  'image-input': 'of these, images',
  output: 'tokens of the whole response, reasoning included',
  'audio-output': 'of these, audio',
  'image-output': 'of these, images',
  characters: 'characters of speech input',
  seconds: 'seconds of audio transcribed',
  searches: 'web searches, or searches of a rerank call',
} as const

export type UsageOption = keyof typeof usageOptions

/** The usage that the options state, or an error message. */
export function toUsage(values: { readonly [option: string]: unknown }): Usage | string {
  const counts = new Map<UsageOption, number>()
  for (const name of Object.keys(usageOptions) as UsageOption[]) {
    const value = values[name]
    if (value === undefined) continue
    const count = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
    if (toQuantity(count) === undefined) return `--${name} takes a number, 0 or more`
    counts.set(name, count)
  }
  const of = (name: UsageOption): number => counts.get(name) ?? 0
  const input =
    of('input') -
    of('cache-read') -
    of('cache-write') -
    of('cache-write-1h') -
    of('audio-input') -
    of('image-input')
  const output = of('output') - of('audio-output') - of('image-output')
  if (input < 0) return '--input is the whole prompt: it cannot be less than its parts'
  if (output < 0) return '--output is the whole response: it cannot be less than its parts'
  return {
    input,
    cacheRead: of('cache-read'),
    cacheWrite5m: of('cache-write'),
    cacheWrite1h: of('cache-write-1h'),
    output,
    reasoning: 0,
    audioInput: of('audio-input'),
    audioOutput: of('audio-output'),
    imageInput: of('image-input'),
    imageOutput: of('image-output'),
    characters: of('characters'),
    seconds: of('seconds'),
    searches: of('searches'),
  }
}
