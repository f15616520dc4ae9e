import { ERROR, type SpanLike } from '../span/span.ts'
import { aiSpanAbove } from './nesting.ts'
import type { Node } from './node.ts'

/** How long a span may wait for its usage after somebody else has ended it. */
const PATIENCE_MILLISECONDS = 120_000
/** Spans that wait at a time; beyond it the oldest is let go. */
const MAXIMUM_HELD = 500

interface Held {
  readonly timer: ReturnType<typeof setTimeout>
  readonly end: () => void
}

interface EndableSpan extends SpanLike {
  end(time?: unknown): void
}

/**
 * `@vercel/otel` ends every open span of a trace when the request's span ends: when a browser
 * tab closes, or a handler answers and generates on. The AI SDK sets usage afterwards, onto a
 * span that has ended, and it is lost. So a forced end is held until the AI SDK ends the span
 * itself. It can be told: the AI SDK ends a call before the span above it, `@vercel/otel` ends
 * in the order of starting.
 *
 * Only while the host has never called `onEnding`: `@vercel/otel` does not, the OTel SDK from
 * 2.3 on does, and ends no span that is not its own.
 */
export class HeldEnds {
  #hostCallsOnEnding = false
  readonly #held = new Map<EndableSpan, Held>()

  /** The host calls `onEnding`: no end is ever held again. */
  noteOnEnding(): void {
    this.#hostCallsOnEnding = true
  }

  /** Watches the end of a call. */
  watch(span: SpanLike, node: Node): void {
    if (this.#hostCallsOnEnding) return
    const above = aiSpanAbove(node)
    if (above === undefined || !isEndable(span)) return
    // oxlint-disable-next-line typescript/unbound-method -- called with the span as `this`
    const end = span.end
    span.end = (time) => {
      const isForced = !this.#forget(span) && above.ended && isUnfinished(span)
      const forcedAt = time ?? Date.now()
      if (isForced && !this.#hostCallsOnEnding) this.#hold(span, () => end.call(span, forcedAt))
      else end.call(span, time)
    }
  }

  /** Ends what is still held, at the time it was first ended. */
  release(): void {
    for (const span of this.#held.keys()) this.#letGo(span)
  }

  #hold(span: EndableSpan, end: () => void): void {
    const timer = setTimeout(() => {
      try {
        this.#letGo(span)
      } catch {
        // Another processor's, and nobody's to catch: `end` is called for no application here.
      }
    }, PATIENCE_MILLISECONDS)
    // A process that has nothing else to do shall end; `shutdown` lets go of the rest.
    if (typeof timer === 'object') timer.unref?.()
    this.#held.set(span, { timer, end })
    const [oldest] = this.#held.keys()
    if (this.#held.size > MAXIMUM_HELD && oldest !== undefined) this.#letGo(oldest)
  }

  #letGo(span: EndableSpan): void {
    const held = this.#held.get(span)
    this.#forget(span)
    held?.end()
  }

  #forget(span: EndableSpan): boolean {
    clearTimeout(this.#held.get(span)?.timer)
    return this.#held.delete(span)
  }
}

function isEndable(span: SpanLike): span is EndableSpan {
  return typeof (span as Partial<EndableSpan>).end === 'function'
}

/** A call that ends has usage, a finish reason or an error; one that was cut off has nothing. */
function isUnfinished({ attributes, status }: SpanLike): boolean {
  return (
    status.code !== ERROR &&
    attributes['ai.response.finishReason'] === undefined &&
    attributes['gen_ai.response.finish_reasons'] === undefined &&
    attributes['gen_ai.usage.input_tokens'] === undefined &&
    attributes['gen_ai.usage.output_tokens'] === undefined &&
    attributes['ai.usage.tokens'] === undefined
  )
}
