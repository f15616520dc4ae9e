import type { Bounds } from '../price/cost.ts'
import * as Unseen from '../usage/unseen.ts'

/**
 * How far a cost can be relied on.
 *
 * - `priced`: right.
 * - `upper_bound`, `lower_bound`: at most, at least; what the span hides would change it.
 * - `estimated`: near, but off in a direction that is not known.
 * - `unpriced`: the usage is known, a price is not. No cost.
 * - `unknown_usage`: the call ended without usage. No cost.
 * - `call_failed`: the provider refused the call. No cost.
 *
 * @useDeclaredType
 */
export type CostStatus = (typeof costStatuses)[number]

export const costStatuses = [
  'priced',
  'upper_bound',
  'lower_bound',
  'estimated',
  'unpriced',
  'unknown_usage',
  'call_failed',
] as const

export function statusOf({ tooHigh, tooLow }: Bounds): CostStatus {
  if (tooHigh) return tooLow ? 'estimated' : 'upper_bound'
  return tooLow ? 'lower_bound' : 'priced'
}

const codes: readonly (readonly [number, string])[] = [
  [Unseen.cacheReadsInInput, 'cache_reads_unseen'],
  [Unseen.cacheReadsMissing, 'cache_reads_missing'],
  [Unseen.cacheWritesInInput, 'cache_writes_unseen'],
  [Unseen.cacheWritesMissing, 'cache_writes_missing'],
  [Unseen.cacheWriteDuration, 'cache_write_duration_unseen'],
  [Unseen.reasoning, 'reasoning_unseen'],
  [Unseen.audio, 'audio_unseen'],
  [Unseen.images, 'images_unseen'],
  [Unseen.fees, 'fees_unseen'],
  [Unseen.input, 'input_not_reported'],
  [Unseen.output, 'output_not_reported'],
  [Unseen.ambiguous, 'usage_ambiguous'],
  [Unseen.metadata, 'provider_metadata_unreadable'],
  [Unseen.brokenOff, 'call_broken_off'],
  [Unseen.overwritten, 'baggage_on_span'],
  [Unseen.dropped, 'attributes_dropped'],
  [Unseen.cut, 'value_cut'],
  [Unseen.stopped, 'stopped'],
  [Unseen.estimated, 'usage_estimated'],
]

/** The unseen bits as codes, separated by commas; `undefined` if there are none. */
export function unseenReasons(unseen: number): string | undefined {
  if (unseen === 0) return undefined
  return codes
    .filter(([bit]) => (unseen & bit) !== 0)
    .map(([, code]) => code)
    .join(',')
}
