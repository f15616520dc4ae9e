import { mayBeSameCall, type CallIdentity, type ModelCall } from './model-call.ts'

/** Of Anthropic's own client, which since its version 1 writes a span for each of its calls. */
const SCOPE = 'com.anthropic.sdk.'
const FIRST_LETTER = SCOPE.charCodeAt(0)

/** Whether Anthropic's own client writes spans of that scope. The letter first: that is quickest. */
export function isAnthropicsOwn(scope: string): boolean {
  return scope.charCodeAt(0) === FIRST_LETTER && scope.startsWith(SCOPE)
}

/** Whether a call is one of two views: the client's own, or that of an instrumentation. */
export function mayHaveTwin({ vocabulary }: ModelCall): boolean {
  return vocabulary === 'anthropic' || vocabulary === 'openinference' || vocabulary === 'traceloop'
}

/** Calls of the client that are remembered. */
const REMEMBERED = 256

/** A call that has ended: when it started, in milliseconds since the epoch, and how long it took. */
interface EndedCall {
  readonly call: ModelCall
  readonly at: number
  readonly durationSeconds: number | undefined
}

/** When a call was under way, in milliseconds since the epoch; without an end while it is. */
interface Twin extends CallIdentity {
  readonly from: number
  until: number
}

/** When a call ended, in milliseconds since the epoch. */
export function endOf(at: number, durationSeconds: number | undefined): number {
  return at + (durationSeconds ?? 0) * 1000
}

/**
 * The spans that Anthropic's own client writes and no instrumentation has around them. What an
 * instrumentation writes of the same call is around it, and the lineage sees that; but where the
 * client's helper for streams makes the call, the two stand side by side, and share the time alone.
 */
export class AnthropicTwins {
  readonly #calls: Twin[] = []

  /** Notes a call of the client. */
  note(call: CallIdentity, from: number, until = Number.POSITIVE_INFINITY): Twin {
    const twin: Twin = { ...call, from, until }
    if (this.#calls.length >= REMEMBERED) this.#calls.shift()
    this.#calls.push(twin)
    return twin
  }

  /** Whether the client records this call of an instrumentation too; each of its spans stands for one. */
  take({ call, at, durationSeconds }: EndedCall): boolean {
    if (call.vocabulary === 'anthropic' || !mayHaveTwin(call)) return false
    const asked = { operation: call.operation, model: call.requestModel }
    const until = endOf(at, durationSeconds)
    const index = this.#calls.findIndex(
      (own) => own.from <= until && own.until >= at && mayBeSameCall(asked, own),
    )
    if (index === -1) return false
    this.#calls.splice(index, 1)
    return true
  }
}
