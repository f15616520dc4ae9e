import type { CallIdentity } from '../conventions/model-call.ts'
import { isAiSdksOwn, isSentrysOwn } from './sentry-scope.ts'
import type { SpanLike } from '../span/span.ts'
import type { Evidence } from './evidence.ts'

/** Generations of Sentry's whose counterpart has not started; beyond it the oldest is left alone. */
const MAXIMUM_UNPAIRED = 256
/** A chat is a few spans below its generation. */
const FARTHEST_ABOVE = 32

/**
 * One generation as Sentry tells it, and the chats that an integration tells of it and that are
 * open. Sentry starts its span first, and the integration its own right after.
 */
export class Generation {
  readonly openChats: OpenChat[] = []
  isPaired = false
}

/** An open chat of the integration's inside such a generation. */
export class OpenChat {
  readonly generation: Generation
  readonly call: CallIdentity
  /** Of Sentry's span, if that has ended first and left the cost to this chat. */
  promised: Evidence | undefined

  constructor(generation: Generation, call: CallIdentity) {
    this.generation = generation
    this.call = call
    generation.openChats.push(this)
  }

  close(): void {
    const { openChats } = this.generation
    const index = openChats.indexOf(this)
    if (index !== -1) openChats.splice(index, 1)
  }
}

/** Where a span stands, as far as Sentry's generations matter. */
export interface Place {
  readonly parent: Place | undefined
  readonly scope: string
  sentry: Generation | OpenChat | undefined
}

/**
 * Pairs the generations of AI SDK 7 that both Sentry and an integration tell, as they start. So a
 * chat of Sentry's that ends before the integration's can leave the cost to it, and one of
 * another generation never can.
 */
export class SentryGenerations {
  /** Whether Sentry writes such spans here. */
  isBeside = false
  readonly #unpaired: Generation[] = []

  /** Notes an AI span that starts. */
  start(span: SpanLike, place: Place, call: CallIdentity | undefined, isGroup: boolean): void {
    if (isSentrysOwn(span)) {
      this.isBeside = true
      if (isGroup) this.#startSentrys(place)
    } else if (this.isBeside && isAiSdksOwn(span)) {
      if (isGroup) this.#pair(place)
      else if (call?.operation === 'chat') open(place, call)
    }
  }

  #startSentrys(place: Place): void {
    const generation = new Generation()
    place.sentry = generation
    this.#unpaired.push(generation)
    if (this.#unpaired.length > MAXIMUM_UNPAIRED) this.#unpaired.shift()
  }

  #pair(place: Place): void {
    const { parent } = place
    // A step inside the integration's own generation.
    if (parent !== undefined && parent.scope === place.scope && generationOf(parent)) return
    const around = parent?.sentry
    const generation =
      around instanceof Generation && !around.isPaired ? around : this.#latestUnpaired()
    if (generation === undefined) return
    generation.isPaired = true
    place.sentry = generation
  }

  #latestUnpaired(): Generation | undefined {
    for (let latest = this.#unpaired.pop(); latest !== undefined; latest = this.#unpaired.pop()) {
      if (!latest.isPaired) return latest
    }
    return undefined
  }
}

function open(place: Place, call: CallIdentity): void {
  const generation = generationOf(place)
  if (generation !== undefined) place.sentry = new OpenChat(generation, call)
}

/** The generation that a span is part of. */
export function generationOf(place: Place): Generation | undefined {
  let above: Place | undefined = place
  for (let distance = 0; above !== undefined && distance < FARTHEST_ABOVE; distance++) {
    if (above.sentry instanceof Generation) return above.sentry
    above = above.parent
  }
  return undefined
}
