import { mayBeSameCall, type CallIdentity } from '../conventions/model-call.ts'
import { text, type SpanLike } from '../span/span.ts'
import { MAXIMUM_DISTANCE } from './enclosing-calls.ts'
import type { Evidence } from './evidence.ts'

/** Generations of Sentry's whose counterpart has not started; beyond it the oldest is not paired. */
const MAXIMUM_UNPAIRED = 256

/**
 * A generation that Sentry has a span of, and the chats in it that an integration of the AI SDK has
 * open. Sentry starts its span first, and the integration its own right after.
 */
export interface Generation {
  /** The chats of an integration that are open. */
  readonly openChats: Set<OpenChat>
  /** Whether an integration has a span of the generation, too. */
  isPaired: boolean
}

/** A chat in such a generation, while the integration's span of it is open. */
export interface OpenChat {
  readonly generation: Generation
  /** The request of the chat. */
  readonly call: CallIdentity
  /** What Sentry's span of this chat showed, if that ended first and left the cost to this one. */
  awaitedBy: Evidence | undefined
}

/** A span of the span tree, as far as Sentry's generations matter. */
export interface GenerationSpan {
  /** The span above, if it is known. */
  readonly parent?: GenerationSpan | undefined
  /** The name of the instrumentation. */
  readonly scope: string
  /** The generation that both have this span of, or that only Sentry has so far. */
  generation?: Generation | undefined
  /** The chat that this span is of, while it is open. */
  openChat?: OpenChat | undefined
}

/**
 * Whether Sentry wrote this span from the diagnostics channel of AI SDK 7 (Sentry 10.78.0). It
 * marks the spans of AI SDK 4 to 6 otherwise, and writes none beside them. The scope first: that
 * is quickest.
 */
export function isOfSentry({ attributes }: SpanLike, scope: string): boolean {
  return (
    scope.charCodeAt(1) === SECOND_LETTER &&
    scope.startsWith(SCOPE) &&
    attributes['sentry.origin'] === 'auto.vercelai.channel'
  )
}

const SCOPE = '@sentry/'
const SECOND_LETTER = SCOPE.charCodeAt(1)

/**
 * Whether an integration of AI SDK 7 wrote this span. One that was given a tracer has the scope of
 * that, and its attributes identify it: old names at once, new ones when the call has ended.
 */
export function isOfIntegration({ attributes }: SpanLike, scope: string): boolean {
  return (
    scope === 'gen_ai' ||
    text(attributes['ai.operationId']) !== undefined ||
    attributes['gen_ai.client.operation.duration'] !== undefined
  )
}

/**
 * Pairs, as they start, the generations of AI SDK 7 that both Sentry and an integration have spans
 * of. So a chat of Sentry's that ends before the integration's can leave the cost to it, and to
 * none of another generation.
 */
export class SentryGenerations {
  readonly #unpaired: Generation[] = []

  /** Notes a group of Sentry's that starts. */
  startSentrys(span: GenerationSpan): void {
    span.generation = { openChats: new Set(), isPaired: false }
    if (this.#unpaired.push(span.generation) > MAXIMUM_UNPAIRED) this.#unpaired.shift()
  }

  /** Notes a chat of an integration that starts. */
  startChat(span: GenerationSpan, call: CallIdentity): void {
    const generation = generationOf(span)
    if (generation === undefined) return
    span.openChat = { generation, call, awaitedBy: undefined }
    generation.openChats.add(span.openChat)
  }

  /** Notes a group of an integration that starts. */
  startIntegrations(span: GenerationSpan): void {
    const { parent } = span
    // A step inside the integration's own generation.
    if (parent?.scope === span.scope && generationOf(parent)) return
    let generation = parent?.generation
    if (!generation || generation.isPaired) {
      do generation = this.#unpaired.pop()
      while (generation?.isPaired)
    }
    if (!generation) return
    generation.isPaired = true
    span.generation = generation
  }
}

/** The generation that a span is part of. */
function generationOf(span: GenerationSpan): Generation | undefined {
  let above: GenerationSpan | undefined = span
  for (let distance = 0; distance < MAXIMUM_DISTANCE && above && !above.generation; distance++) {
    above = above.parent
  }
  return above?.generation
}

/** Notes that a chat of an integration's has ended. */
export function closeChat(chat: OpenChat | undefined): void {
  chat?.generation.openChats.delete(chat)
}

/** The open chat that a span of Sentry's may show, unless another span of Sentry's awaits it. */
export function openChatOf(span: GenerationSpan, call: Evidence): OpenChat | undefined {
  return [...(generationOf(span)?.openChats ?? [])].find(
    (chat) => chat.awaitedBy === undefined && mayBeSameCall(chat.call, call),
  )
}
