import { scopeName, startMilliseconds, text, type SpanLike } from '../span/span.ts'
import type { CallIdentity, ModelCall } from './model-call.ts'
import { endOf, Twins, type Twin } from './twins.ts'

/** What is known of a call that has ended. */
interface EndedCall {
  readonly call: ModelCall
  readonly at: number
  readonly durationSeconds: number | undefined
  readonly usage: object | undefined
}

/**
 * Whether Sentry wrote this span itself, from what AI SDK 7 tells on its diagnostics channel
 * (10.78.0). The spans of AI SDK 4 to 6 it marks otherwise, and writes none beside them.
 */
export function isSentrysOwn({ attributes }: SpanLike): boolean {
  return attributes['sentry.origin'] === 'auto.vercelai.channel'
}

/**
 * Whether an integration of AI SDK 7 wrote this span. One that was given a tracer has the scope of
 * that, and is known by its attributes: old names at once, new ones when the call has ended.
 */
export function isAiSdksOwn(span: SpanLike): boolean {
  const { attributes } = span
  return (
    scopeName(span) === 'gen_ai' ||
    text(attributes['ai.operationId']) !== undefined ||
    attributes['gen_ai.client.operation.duration'] !== undefined
  )
}

/**
 * The chats that AI SDK 7 tells both Sentry and an integration that writes spans. The two spans
 * are never one inside the other, those of streams in two traces where nothing is around them. The
 * integration's starts first, and is charged: it tells cached tokens. Each stands for one of
 * Sentry's, so that calls which only Sentry hears of are charged on its spans.
 */
export class SentryTwins {
  readonly #chats = new Twins()
  /** What was charged on a span of Sentry's. */
  readonly #charged = new Twins()
  /** Whether Sentry writes such spans here: it starts one for the whole generation first. */
  #isBeside = false

  get isBeside(): boolean {
    return this.#isBeside
  }

  /** Notes an AI span that starts, if it is a chat of such an integration. */
  start(span: SpanLike, call: CallIdentity | undefined): Twin | undefined {
    if (isSentrysOwn(span)) this.#isBeside = true
    else if (this.#isBeside && call?.operation === 'chat' && isAiSdksOwn(span)) {
      return this.#chats.note(call, startMilliseconds(span))
    }
    return undefined
  }

  /** Whether an integration tells this call of Sentry's too. If not, it is charged where it is. */
  isToldByAiSdk({ call, at, durationSeconds, usage }: EndedCall): boolean {
    const identity = { operation: call.operation, model: call.requestModel }
    const until = endOf(at, durationSeconds)
    // Of an attempt that failed Sentry has a span of its own, the integration may have none.
    if (usage === undefined) return this.#chats.has(identity, at, until)
    if (this.#chats.take(identity, at, until)) return true
    this.#charged.note(identity, at, until)
    return false
  }

  /** Whether a chat of an integration, of which nobody knew until now, was charged on Sentry's span. */
  isCharged(call: CallIdentity, from: number, until: number): boolean {
    if (this.#charged.take(call, from, until)) return true
    this.#chats.note(call, from, until)
    return false
  }
}
