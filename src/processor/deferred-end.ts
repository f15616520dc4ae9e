import { ERROR, type SpanLike } from '../span/span.ts'
import { aiSpanAbove } from './rollup.ts'
import type { SpanNode } from './span-node.ts'

/** How long a span may wait for its usage after somebody else has ended it. */
const PATIENCE_MILLISECONDS = 120_000
/** Spans that wait at a time. */
const MAXIMUM_HELD = 500

interface Held {
  readonly timer: ReturnType<typeof setTimeout>
  readonly end: () => void
}

interface EndableSpan extends SpanLike {
  end(time?: unknown): void
  isRecording(): boolean
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
export class DeferredEnds {
  hostCallsOnEnding = false
  readonly #held = new Map<EndableSpan, Held>()
  readonly #onFull: (maximum: number) => void

  /** `onFull` is called for each end that cannot be held. */
  constructor(onFull: (maximum: number) => void) {
    this.#onFull = onFull
  }

  /** The host calls `onEnding`: no end is ever held again. */
  noteOnEnding(): void {
    this.hostCallsOnEnding = true
  }

  /** Watches the end of a call. */
  watch(span: SpanLike, node: SpanNode): void {
    if (this.hostCallsOnEnding) return
    const above = aiSpanAbove(node)
    if (above === undefined || !isEndable(span)) return
    // oxlint-disable-next-line typescript/unbound-method -- called with the span as `this`
    const end = span.end
    span.end = (time) => {
      // What was let go is not held again: it would take the place of one whose usage is still to come.
      const isForced =
        !this.#forget(span) && above.ended && isUnfinished(span) && span.isRecording()
      const isHeld =
        isForced && !this.hostCallsOnEnding && this.#hold(span, end, time ?? Date.now())
      if (!isHeld) end.call(span, time)
    }
  }

  /** Ends what is still held, at the time it was first ended. */
  release(): void {
    for (const span of this.#held.keys()) {
      try {
        this.#letGo(span)
      } catch {
        // Another processor's; the others end all the same.
      }
    }
  }

  /**
   * Returns whether there was room. A full house refuses the newest: to let the oldest go would lose every span
   * under steady load, each just before its usage comes.
   */
  #hold(span: EndableSpan, end: EndableSpan['end'], forcedAt: unknown): boolean {
    if (this.#held.size >= MAXIMUM_HELD) {
      this.#onFull(MAXIMUM_HELD)
      return false
    }
    const timer = setTimeout(() => {
      try {
        this.#letGo(span)
      } catch {
        // Another processor's, and nobody's to catch: `end` is called for no application here.
      }
    }, PATIENCE_MILLISECONDS)
    // A process that has nothing else to do shall end; `shutdown` lets go of the rest.
    if (typeof timer === 'object') timer.unref?.()
    this.#held.set(span, { timer, end: () => end.call(span, forcedAt) })
    return true
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
  const { end, isRecording } = span as Partial<EndableSpan>
  return typeof end === 'function' && typeof isRecording === 'function'
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
