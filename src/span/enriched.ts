import type { SpanAttributes, SpanLike } from './span.ts'

/*
 * Whether costspan has enriched a span. In the process that did it the span carries a mark. Attributes prove nothing
 * there: an application, or the baggage of a request, can set each of them, and no header makes a symbol. Spans that were
 * read back from a file or a backend carry no mark, and only their attributes show it.
 */

/** What a processor leaves on a span. Its spans share two or three marks. */
export interface SpanMark {
  readonly isEnriched: boolean
  /** The mark that takes the place of this one when the span is enriched. */
  readonly enriched: SpanMark
  /** Completes a call, on marks of calls. */
  readonly complete: CompleteCall | undefined
}

/**
 * Writes what the answer of a call states onto the span of the call. While the answer goes on, `readSoFar` returns what it
 * comes to if the call has to be charged before; once it has ended, there is none, and the call is charged now if its span
 * has ended before.
 */
export type CompleteCall = (
  span: SpanLike,
  stated: StatedAttributes,
  readSoFar: ReadSoFar | undefined,
) => void

export type StatedAttributes = Readonly<SpanLike['attributes']>
export type ReadSoFar = () => StatedAttributes

/**
 * A copy by `Object.create`, `Object.assign` or a spread has the mark too. The symbol is registered, because a bundler may
 * give processor and exporter a copy of this package each.
 */
const MARK: unique symbol = Symbol.for('costspan.enriched') as never

/** A mark for spans that start. */
export function createMark(complete?: CompleteCall): SpanMark {
  return { isEnriched: false, enriched: enrichedMark(complete), complete }
}

function enrichedMark(complete?: CompleteCall): SpanMark {
  return {
    isEnriched: true,
    get enriched() {
      return this
    },
    complete,
  }
}

/** For spans that no processor of costspan has seen start. */
const enriched = enrichedMark()

/**
 * Marks a span that starts. A field that is added while the span ends gives spans a further shape in V8, which slows down
 * all code that reads spans, the SDK's included. Throws for a span that is frozen.
 */
export function markStarted(span: object, mark: SpanMark): void {
  ;(span as { [MARK]?: SpanMark })[MARK] ??= mark
}

/** Throws for a span that is frozen. */
export function markEnriched(span: object): void {
  ;(span as { [MARK]?: SpanMark })[MARK] = markOf(span)?.enriched ?? enriched
}

/** The mark of a span that a processor has seen start, or that was enriched. */
export function markOf(span: object): SpanMark | undefined {
  return (span as { [MARK]?: SpanMark })[MARK]
}

/** Whether a processor, or an exporter around this one, has enriched the span or what it is a copy of. */
export function isEnriched(span: object): boolean {
  return markOf(span)?.isEnriched === true
}

/** Whether a span was enriched before it was exported, and read back since. */
export function wasEnriched(attributes: SpanAttributes): boolean {
  return attributes['cost.status'] !== undefined || attributes['cost.attribution'] !== undefined
}
