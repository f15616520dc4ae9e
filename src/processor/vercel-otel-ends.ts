import { ERROR, type SpanLike } from '../span/span.ts'
import { aiSpanAbove } from './rollup.ts'
import type { SpanNode } from './span-node.ts'

/** How long a span may wait for its usage after the host has ended it. */
const MAXIMUM_DEFERRAL_MILLISECONDS = 120_000
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
 * A workaround for `@vercel/otel`, and the one place that replaces a method of a span.
 *
 * `@vercel/otel` ends every open span of a trace when the span of the request ends: when a browser tab closes, or when a
 * handler answers and goes on generating. The AI SDK sets the usage afterwards, on a span that has ended, and it is lost.
 * So such a forced end is deferred until the AI SDK ends the span itself. A forced end is recognisable: the AI SDK ends a
 * call before the span above it, and `@vercel/otel` ends spans in the order of their start.
 *
 * No end is deferred once the host has called `onEnding`. `@vercel/otel` does not call it; the OTel SDK does from 2.3 on,
 * and ends no span that it did not start.
 */
export class DeferredEnds {
  hostCallsOnEnding = false
  readonly #held = new Map<EndableSpan, Held>()
  readonly #onFull: (maximum: number) => void

  /** `onFull` is called for each end that cannot be deferred. */
  constructor(onFull: (maximum: number) => void) {
    this.#onFull = onFull
  }

  /** The host calls `onEnding`: no end is deferred from now on. */
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
      // An end that was deferred once is not deferred again: it would take the place of a span whose usage is yet to come.
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
        // Another processor failed. The other spans end all the same.
      }
    }
  }

  /**
   * Returns whether there was room. If there is none, the newest end is not deferred: to end the oldest span instead
   * would, under steady load, lose the usage of every span just before it comes.
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
        // Another processor failed, and no code of the application called `end` that could catch it.
      }
    }, MAXIMUM_DEFERRAL_MILLISECONDS)
    // The timer does not keep the process alive. `shutdown` ends the spans that still wait.
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
