import type { SpanLike } from '../span/span.ts'
import { Unseen } from './usage.ts'

/** What the SDK says of its limits, on a span or in what was exported of one. */
interface LimitedSpan {
  readonly droppedAttributesCount?: unknown
}

/** What the limits of a span took from it: bits of {@link Unseen}. */
export function doubtsOf(span: SpanLike): number {
  const { droppedAttributesCount: dropped } = span as LimitedSpan
  return typeof dropped === 'number' && dropped > 0 ? Unseen.dropped : 0
}
