import type { Usage } from 'costspan'

/** A usage of nothing, to be filled. */
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
