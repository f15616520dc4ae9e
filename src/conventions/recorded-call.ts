import { createContextKey, type Context } from '@opentelemetry/api'
import type { SpanAttributes } from '../span/span.ts'

const key = createContextKey('costspan.recorded')

/** The tracer of `recordCall`. */
export const RECORDER_SCOPE = 'costspan'

/** A context for the span of `recordCall` that also holds the span's attributes: no header can write to a context. */
export function withRecordedCall(from: Context, attributes: object): Context {
  return from.setValue(key, attributes)
}

/** The attributes that `recordCall` gives the span that starts in a context. */
export function recordedCall(from: Context): SpanAttributes | undefined {
  return from.getValue(key) as SpanAttributes | undefined
}
