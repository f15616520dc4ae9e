import type { RecordedUsage } from '../manual/recorded-usage.ts'
import * as Unseen from '../usage/unseen.ts'
import type { SeenAnswer } from './answer-reader.ts'
import { estimatePrompt, TokenCount, tokenizerFamilyOf } from './estimate-tokens.ts'
import type { SentRequest } from './sent-request.ts'

/** Counts the tokens of a text. */
export type CountTokens = (text: string) => number

/** Counts what arrives of an answer, in case that it is stopped. */
export class ArrivedText {
  readonly #count: TokenCount
  /** Texts are kept only where a tokenizer of the user's counts them. */
  #text = ''
  readonly #countTokens: CountTokens | undefined

  constructor({ endpoint, model }: SentRequest, countTokens: CountTokens | undefined) {
    this.#countTokens = countTokens
    this.#count = new TokenCount(tokenizerFamilyOf(endpoint.provider, model ?? '') ?? 'cl100k')
  }

  add(text: string): void {
    this.#count.add(text)
    if (this.#countTokens && this.#text.length < LONGEST_TEXT) this.#text += text
  }

  get tokens(): number {
    const counted = this.#countTokens?.(this.#text)
    return Number.isSafeInteger(counted) && Number(counted) >= 0
      ? Number(counted)
      : Math.round(this.#count.estimate().tokens)
  }
}

const LONGEST_TEXT = 1_048_576

/** The usage of an answer that was stopped: what the provider had reported, and an estimate of the rest. */
export function stoppedUsage(
  request: SentRequest,
  seen: SeenAnswer | undefined,
  arrived: ArrivedText,
): RecordedUsage {
  const reported = seen?.usage
  if (reported !== undefined) {
    const { unseen = 0, output = 0 } = reported
    return {
      ...reported,
      output: Math.max(output, arrived.tokens),
      unseen: (unseen & ~Unseen.brokenOff) | Unseen.stopped,
    }
  }
  return {
    input: promptTokens(request),
    output: arrived.tokens,
    unseen: Unseen.stopped,
  }
}

function promptTokens({ body, endpoint, model }: SentRequest): number {
  if (body === undefined) return 0
  const family = tokenizerFamilyOf(endpoint.provider, model ?? '') ?? 'cl100k'
  return Math.round(estimatePrompt(body, family).tokens)
}
