import { mayBeSameCall, type CallIdentity, type SpanRole } from '../conventions/model-call.ts'

/** An enclosing call and a call nested in it are a few spans apart, however deep agents nest. */
export const MAXIMUM_DISTANCE = 32

/** A span as far as it decides which calls above enclose a call below. */
export interface SpanAbove {
  /** The name of the instrumentation. */
  readonly scope: string
  /** `undefined` for a span that is no AI span. */
  readonly role: SpanRole | undefined
  /** The request, if this is a call span. */
  readonly call: CallIdentity | undefined
}

/**
 * The calls above that may be the same call as one below, nearest first: an instrumented framework
 * around an instrumented client, or AI SDK 7 around its inner `embeddings`. Not among them are
 * calls above a tool, whose nested agents make calls of their own; calls with an operation of
 * their own instrumentation in between, as when a middleware generates text; and calls of another
 * model. `begun` collects the instrumentations that began an operation in between.
 */
export function findEnclosingCalls<Span extends SpanAbove>(
  call: CallIdentity,
  nearest: Span | undefined,
  parentOf: (span: Span) => Span | undefined,
  begun: string[] = [],
): Span[] {
  const found: Span[] = []
  let above = nearest
  for (let distance = 0; distance < MAXIMUM_DISTANCE; distance++) {
    if (above === undefined || above.role === 'tool') break
    if (!begun.includes(above.scope)) {
      if (above.role === 'group') begun.push(above.scope)
      else if (above.call !== undefined && mayBeSameCall(above.call, call)) found.push(above)
    }
    above = parentOf(above)
  }
  return found
}
