import type { SpanLike } from '../span/span.ts'
import type { EnrichedSpan } from '../enrich/enrich-span.ts'
import { markEnriched } from '../span/enriched.ts'

/**
 * Copies a span that other exporters share. The copy has attributes of its own, and events of its own where content is
 * removed from these too; everything else is read from the original.
 */
export function copyOf<Span extends SpanLike>(
  span: Span,
  hasOwnEvents: boolean,
  write: (copy: EnrichedSpan) => void,
): Span {
  const own: EnrichedSpan = {
    attributes: { ...span.attributes },
    events: hasOwnEvents ? copiesOf(span.events) : span.events,
  }
  write(own)
  const copy = Object.create(span, {
    attributes: { value: own.attributes, enumerable: true },
    ...(hasOwnEvents && { events: { value: own.events, enumerable: true } }),
  }) as Span
  markEnriched(copy)
  return copy
}

function copiesOf(events: SpanLike['events']): SpanLike['events'] {
  if (!Array.isArray(events) || events.length === 0) return events
  return events.map((event: SpanLike['events'][number]) => ({
    ...event,
    ...(event.attributes !== undefined && { attributes: { ...event.attributes } }),
  }))
}
