import type { SpanAttributes } from './span.ts'

/*
 * Whether costspan has enriched a span. In the process that did it the span carries a mark. Attributes prove nothing
 * there: an application, or the baggage of a request, can set each of them, and no header makes a symbol. Spans that were
 * read back from a file or a backend carry no mark, and only their attributes show it.
 */

/**
 * A copy by `Object.create`, `Object.assign` or a spread has the mark too. The symbol is registered, because a bundler may
 * give processor and exporter a copy of this package each.
 */
const ENRICHED: unique symbol = Symbol.for('costspan.enriched') as never

/**
 * Gives a span that starts the field of the mark, without the mark. A field that is added while the span ends gives spans a
 * further shape in V8, which slows down all code that reads spans, the SDK's included. Throws for a span that is frozen.
 */
export function reserveMark(span: object): void {
  ;(span as { [ENRICHED]?: boolean })[ENRICHED] ??= false
}

/** Throws for a span that is frozen. */
export function markEnriched(span: object): void {
  ;(span as { [ENRICHED]?: boolean })[ENRICHED] = true
}

/** Whether a processor, or an exporter around this one, has enriched the span or what it is a copy of. */
export function isEnriched(span: object): boolean {
  return (span as { [ENRICHED]?: boolean })[ENRICHED] === true
}

/** Whether a span was enriched before it was exported, and read back since. */
export function wasEnriched(attributes: SpanAttributes): boolean {
  return attributes['cost.status'] !== undefined || attributes['cost.attribution'] !== undefined
}
