import { context, ROOT_CONTEXT, trace, type Context, type Tracer } from '@opentelemetry/api'
import { withAttribution } from 'costspan'
import type { RecordedScenario, RecordedSpan } from './fixtures.ts'

/** Starts and ends the recorded spans again, in the recorded order, on a real tracer. */
export function replay(tracer: Tracer, { spans }: RecordedScenario): Map<number, string> {
  const contexts = new Map<number, Context>()
  const spanIds = new Map<number, string>()
  for (const span of spans) {
    const started = startSpan(tracer, span, spans, contexts)
    contexts.set(span.id, started)
    spanIds.set(span.id, trace.getSpan(started)?.spanContext().spanId ?? '')
  }
  const finished = spans.filter(({ ended }) => ended !== null)
  finished
    .toSorted((one, other) => (one.ended ?? 0) - (other.ended ?? 0))
    .forEach((span) => endSpan(span, contexts))
  return spanIds
}

function startSpan(
  tracer: Tracer,
  span: RecordedSpan,
  spans: RecordedSpan[],
  contexts: Map<number, Context>,
): Context {
  const parent = spans.find(({ id }) => id === span.parent)
  const outer = (parent && contexts.get(parent.id)) ?? ROOT_CONTEXT
  const start = (): Context => {
    const options = { kind: span.kind, attributes: span.start }
    return trace.setSpan(context.active(), tracer.startSpan(span.name, options))
  }
  // A user who is attributed here and not above was attributed inside the span above.
  const { attributed } = span
  const isNew = attributed !== undefined && attributed.userId !== parent?.attributed?.userId
  return context.with(outer, () => (isNew ? withAttribution(attributed, start) : start()))
}

function endSpan({ id, end, status, events }: RecordedSpan, contexts: Map<number, Context>): void {
  const span = trace.getSpan(contexts.get(id) ?? ROOT_CONTEXT)
  if (span === undefined) return
  span.setAttributes(end ?? {})
  for (const event of events) span.addEvent(event.name, event.attributes)
  if (status.code !== 0) span.setStatus(status)
  span.end()
}
