import { trace, type Context } from '@opentelemetry/api'
import type { SpanRole } from '../conventions/model-call.ts'
import type { SpanLike } from '../span/span.ts'

/** OpenInference's tracer starts a span, and only then writes what it is (core 2.7.1). Until then it is a group. */
export function lateRole(scope: string): SpanRole | undefined {
  // The letter comes first: most scopes begin with another one, and that test is ten times as quick.
  const isOpenInference =
    (scope.charCodeAt(1) === A && scope.startsWith('@arizeai/')) || scope === 'openinference-core'
  return isOpenInference ? 'group' : undefined
}

const A = 'a'.charCodeAt(0)

/** The span of a context; that tracer puts one of its own around it. */
export function spanIn(from: Context): Partial<SpanLike> | undefined {
  const span = trace.getSpan(from) as (Partial<SpanLike> & { span?: Partial<SpanLike> }) | undefined
  return typeof span?.span?.spanContext === 'function' ? span.span : span
}
