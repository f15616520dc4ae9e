import type { ProviderMetadata } from './provider-metadata.ts'

/**
 * What one call used, split so that nothing is counted twice: the buckets are disjoint, except
 * that `reasoning` is the part of `output` that the answer does not show. Tokens are whole numbers.
 */
export interface Usage {
  /** Text tokens of the prompt that were neither read from nor written to a cache. */
  readonly input: number
  /** Tokens of the prompt that were read from a cache. */
  readonly cacheRead: number
  /** Tokens written to a cache for five minutes, the vendors' default. */
  readonly cacheWrite5m: number
  /** Tokens written to a cache for an hour. */
  readonly cacheWrite1h: number
  /** Text tokens of the answer, reasoning included. */
  readonly output: number
  /** Tokens of `output` that the answer does not show. */
  readonly reasoning: number
  /** Audio tokens of the prompt. */
  readonly audioInput: number
  /** Audio tokens of the answer. */
  readonly audioOutput: number
  /** Image tokens of the prompt. */
  readonly imageInput: number
  /** Image tokens of the answer. */
  readonly imageOutput: number
  /** Characters of text spoken. */
  readonly characters: number
  /** Seconds of audio transcribed. */
  readonly seconds: number
  /** Web searches and the like that the provider ran and bills one by one. */
  readonly searches: number
}

/** A usage of 0, to be filled: `{ ...noUsage, input: 1000, output: 200 }`. */
export const noUsage: Usage = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  audioInput: 0,
  audioOutput: 0,
  imageInput: 0,
  imageOutput: 0,
  characters: 0,
  seconds: 0,
  searches: 0,
}

/** All tokens of the prompt, those that a cache was read for or written with included. */
export function inputTokens(usage: Usage): number {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, audioInput, imageInput } = usage
  return input + cacheRead + cacheWrite5m + cacheWrite1h + audioInput + imageInput
}

/** All tokens of the answer. */
export function outputTokens({ output, audioOutput, imageOutput }: Usage): number {
  return output + audioOutput + imageOutput
}

/** Conditions under which a provider served a call that change its price. */
export interface Terms {
  /** As served, lower case: `flex`, `priority`, `batch`, `fast`; `undefined` is standard. */
  readonly serviceTier: string | undefined
  /** The region that inference was bound to: `us`; `undefined` is any region. */
  readonly region: string | undefined
}

/** Tokens of text: of the prompt, without and with what a cache held, and of the answer. */
export type TextTokens = readonly [input: number, cacheRead: number, output: number]

/** Between which quantities the usage of a stopped answer is. */
export interface TokenBounds {
  /** The fewest tokens that it can be. */
  readonly atLeast: TextTokens
  /** The most tokens that it can be; `undefined` if there is no limit. */
  readonly atMost: TextTokens | undefined
}

/** The usage that a span shows, its terms, and what the span hides. */
export interface UsageReading extends Terms {
  /** The quantities that the span shows. */
  readonly usage: Usage
  /** Bits of `unseen.ts`. */
  readonly unseen: number
  /** Where the usage is an estimate. */
  readonly bounds?: TokenBounds | undefined
  /** The provider's metadata, if it was parsed for the usage, so that a reported cost needs no second parse. */
  readonly metadata?: ProviderMetadata | undefined
}
