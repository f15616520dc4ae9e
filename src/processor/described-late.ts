import { trace, type Context } from '@opentelemetry/api'
import type { SpanLike } from '../span/span.ts'

/** OpenInference's tracer starts a span, and only then says what it is (core 2.7.1). */
export function isDescribedLate(scope: string): boolean {
  return scope.startsWith('@arizeai/') || scope === 'openinference-core'
}

/** The span of a context; that tracer puts one of its own around it. */
export function spanIn(from: Context): Partial<SpanLike> | undefined {
  const span = trace.getSpan(from) as (Partial<SpanLike> & { span?: SpanLike }) | undefined
  return span?.span ?? span
}
