/**
 * On a span that costspan has stamped in this process. Attributes prove nothing: an application, or a request's
 * baggage, can set each of them, and no header makes a symbol. A copy by `Object.create`, `Object.assign` or a
 * spread has it too. Registered, because a bundler may give processor and exporter a copy of this package each.
 */
const STAMPED: unique symbol = Symbol.for('costspan.stamped') as never

/** Throws for a span that is frozen. */
export function markEnriched(span: object): void {
  ;(span as { [STAMPED]?: boolean })[STAMPED] = true
}

/** Whether a processor, or an exporter around this one, has stamped the span or what it is a copy of. */
export function isEnriched(span: object): boolean {
  return (span as { [STAMPED]?: boolean })[STAMPED] === true
}
