import { LONGEST_ID } from '../conventions/model-call.ts'
import type { ProviderFamily } from '../conventions/provider-family.ts'
import { toKnownUsage, type RecordedUsage } from '../manual/recorded-usage.ts'
import { asObject, type JsonObject } from '../span/json.ts'
import * as Unseen from '../usage/unseen.ts'

/** What a text of an answer is: shown, thought, or the name and arguments of a tool. */
export type TextKind = 'text' | 'reasoning' | 'tool'

/** Receives each piece of text, as it arrives. */
export type CountText = (text: string, kind: TextKind) => void

/** What has been read of an answer so far. */
export interface SeenAnswer {
  readonly model: string | undefined
  readonly id: string | undefined
  /** What the provider has reported so far; as long as that is not complete, `brokenOff` is among its unseen parts. */
  readonly usage: RecordedUsage | undefined
  /** Whether the reported usage is that of the whole answer. */
  readonly isComplete: boolean
  /** Whether the answer states that it has ended: a finish reason, `message_stop`, `response.completed`, `[DONE]`. */
  readonly hasEnded: boolean
  /** The error that the answer reports, by its name. It is never an HTTP status: the answer had begun. */
  readonly errorType: string | undefined
  /** The service tier that the answer states, as the provider names it. */
  readonly serviceTier: string | undefined
  /** Whether the provider ran tools, such as a web search, that it may bill apart from tokens. */
  readonly ranTools: boolean
  /** UTF-16 units of the text that arrived, by its kind. */
  readonly textCharacters: number
  readonly reasoningCharacters: number
  readonly toolCharacters: number
}

/** The part of a reader that differs by format. */
export interface FormatReader {
  read(event: JsonObject): void
  /** After `[DONE]`. */
  end?(): void
}

/** The form of an error's name. A number would make the call one that was refused with that HTTP status. */
const errorName = /^[a-z_][\w.-]{0,63}$/i

/** Families that state what they billed. Under the name of any other, a cost in an answer is ignored. */
const billingFamilies = new Set<ProviderFamily>(['openrouter', 'xai', 'perplexity', 'gateway'])

/** Turns an answer, or what is left of one, into the usage that it reports; `undefined` if it reports none. */
export type UsageOf = (answer: JsonObject) => RecordedUsage | undefined

/** The state of one answer, which the reader of its format changes with each event. */
export class AnswerState implements SeenAnswer {
  model: string | undefined
  id: string | undefined
  hasEnded = false
  errorType: string | undefined
  serviceTier: string | undefined
  ranTools = false
  textCharacters = 0
  reasoningCharacters = 0
  toolCharacters = 0

  readonly family: ProviderFamily | undefined
  readonly #count: CountText | undefined
  readonly #usageOf: UsageOf
  #reported: JsonObject | undefined
  #isFinal = false
  #isRead = false
  /** The usage that was reported last, as it was read. */
  #read: RecordedUsage | undefined
  /** The bits of what it may lack, and the usage with them. */
  #missing = 0
  #usage: RecordedUsage | undefined

  constructor(count: CountText | undefined, family: ProviderFamily | undefined, usageOf: UsageOf) {
    this.#count = count
    this.family = family
    this.#usageOf = usageOf
  }

  /**
   * Keeps the part of an answer that reports usage, in place of what was reported before. It is read when it is asked
   * for, because some providers report with each event. `isFinal` is whether nothing that is billed can follow.
   */
  report(answer: JsonObject, isFinal: boolean): void {
    this.#reported = answer
    this.#isFinal = isFinal
    this.#isRead = false
  }

  /** What was reported last is final after all. */
  confirm(): void {
    this.#isFinal = true
  }

  get isComplete(): boolean {
    return this.hasEnded && this.#isFinal && this.usage !== undefined
  }

  get usage(): RecordedUsage | undefined {
    if (this.#reported === undefined) return undefined
    const isChanged = !this.#isRead
    if (isChanged) {
      this.#isRead = true
      this.#read = this.#readReported(this.#reported)
    }
    const missing = this.hasEnded && this.#isFinal ? 0 : this.#unseenOfPart()
    // An event with text alone changes neither, and is read as often as there are tokens.
    if (isChanged || missing !== this.#missing) {
      this.#missing = missing
      this.#usage = this.#read && missing !== 0 ? hiding(this.#read, missing) : this.#read
    }
    return this.#usage
  }

  /** What may follow a usage that is not that of the whole answer. */
  #unseenOfPart(): number {
    return Unseen.brokenOff | (this.ranTools ? Unseen.fees : 0)
  }

  #readReported(answer: JsonObject): RecordedUsage | undefined {
    try {
      const found = this.#usageOf(answer)
      if (found === undefined) return undefined
      const { billed, ...usage } = found
      const isBilled = billed !== undefined && billingFamilies.has(this.family ?? '')
      const read = isBilled ? found : this.#withFees(usage)
      // A number that is no count, such as 1.5 tokens, throws.
      toKnownUsage(read, 'chat')
      return isBilled || hasCounts(usage) ? read : undefined
    } catch {
      return undefined
    }
  }

  /** Perplexity bills each request besides its tokens, which only its reported cost shows. */
  #withFees(usage: RecordedUsage): RecordedUsage {
    return this.family === 'perplexity' ? hiding(usage, Unseen.fees) : usage
  }

  /** Names of models and answers come from outside: what no provider has is not kept. */
  name(model: unknown, id: unknown): void {
    if (this.model === undefined && isName(model)) this.model = model
    if (this.id === undefined && isName(id)) this.id = id
  }

  /** The tier may be in each chunk; the last one counts. */
  tier(name: unknown): void {
    if (isName(name)) this.serviceTier = name
  }

  fail(type: unknown): void {
    this.errorType ??= typeof type === 'string' && errorName.test(type) ? type : '_OTHER'
  }

  text(delta: unknown): void {
    if (typeof delta !== 'string' || delta === '') return
    this.textCharacters += delta.length
    this.#count?.(delta, 'text')
  }

  reasoning(delta: unknown): void {
    if (typeof delta !== 'string' || delta === '') return
    this.reasoningCharacters += delta.length
    this.#count?.(delta, 'reasoning')
  }

  tool(delta: unknown): void {
    if (typeof delta !== 'string' || delta === '') return
    this.toolCharacters += delta.length
    this.#count?.(delta, 'tool')
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_ID
}

export function hiding(usage: RecordedUsage, unseen: number): RecordedUsage {
  return { ...usage, unseen: (usage.unseen ?? 0) | unseen }
}

/** A report of nothing but zeros is none: every call has a prompt. */
function hasCounts(usage: RecordedUsage): boolean {
  const { serviceTier: _tier, region: _region, unseen: _unseen, ...counts } = usage
  return Object.values(counts).some((count) => typeof count === 'number' && count > 0)
}

/** The items of a list from outside that are objects. */
export function objectsIn(list: unknown): JsonObject[] {
  if (!Array.isArray(list)) return []
  return list.map(asObject).filter((item) => item !== undefined)
}
