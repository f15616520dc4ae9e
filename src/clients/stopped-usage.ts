import type { RecordedUsage } from '../manual/recorded-usage.ts'
import { asObject } from '../span/json.ts'
import { toQuantity } from '../span/span.ts'
import * as Unseen from '../usage/unseen.ts'
import type { TokenBounds } from '../usage/usage.ts'
import type { SeenAnswer } from './answer-reader.ts'
import {
  estimatePrompt,
  TokenCount,
  tokenizerFamilyOf,
  type TokenEstimate,
  type TokenizerFamily,
} from './estimate-tokens.ts'
import type { SentRequest } from './sent-request.ts'

/** Counts the tokens of a text. */
export type CountTokens = (text: string) => number

/** Counts what arrives of an answer, in case that it is stopped. */
export class ArrivedText {
  readonly #family: TokenizerFamily
  /** Made for the first text of a stream: most answers come whole. */
  #count: TokenCount | undefined
  readonly #countTokens: CountTokens | undefined
  /** Kept only where a tokenizer of the user's counts it. */
  #text = ''

  constructor(request: SentRequest, countTokens: CountTokens | undefined) {
    this.#countTokens = countTokens
    this.#family = tokenizerOf(request) ?? ANY_TOKENIZER
  }

  get isCountedByUser(): boolean {
    return this.#countTokens !== undefined
  }

  add(text: string): void {
    this.#count ??= new TokenCount(this.#family)
    this.#count.add(text)
    if (this.#countTokens && this.#text.length < LONGEST_TEXT) this.#text += text
  }

  estimate(): TokenEstimate {
    const { tokens, ...bounds } = this.#count?.estimate() ?? nothing
    const counted = toQuantity(this.#countTokens?.(this.#text))
    if (counted !== undefined) return { tokens: counted, atLeast: counted, atMost: counted }
    return { tokens: Math.round(tokens), ...bounds }
  }
}

const nothing: TokenEstimate = { tokens: 0, atLeast: 0, atMost: 0 }

/** UTF-16 units. */
const LONGEST_TEXT = 1_048_576

/** What an answer that was stopped used: what the provider had reported, and an estimate of the rest. */
export interface StoppedUsage {
  readonly usage: RecordedUsage
  readonly bounds: TokenBounds | undefined
}

/** Estimates what an answer used that was stopped. */
export function stoppedUsage(
  request: SentRequest,
  seen: SeenAnswer | undefined,
  arrived: ArrivedText,
): StoppedUsage {
  const reported = seen?.usage
  const { tokens, atLeast, atMost } = arrived.estimate()
  if (reported !== undefined) {
    const { unseen = 0, output = 0, input = 0, cacheRead = 0 } = reported
    const isCounted = tokenizerOf(request) !== undefined || arrived.isCountedByUser
    const most = mostOutput(request, Math.max(atMost, output))
    return {
      usage: {
        ...reported,
        output: Math.max(output, tokens),
        unseen: unseen & ~Unseen.brokenOff,
      },
      bounds: {
        // Of other tokenizers nothing is known but what the provider had counted.
        atLeast: [input, cacheRead, isCounted ? Math.max(output, atLeast) : output],
        atMost: most === undefined ? undefined : [input, cacheRead, most],
      },
    }
  }
  const prompt = promptOf(request)
  const usage = { input: prompt?.tokens ?? 0, output: tokens }
  return { usage, bounds: prompt && boundsFor(request, prompt, atLeast, atMost) }
}

/** OpenAI caches no shorter prompts. */
const SHORTEST_CACHED = 1024

function boundsFor(
  request: SentRequest,
  prompt: TokenEstimate,
  atLeast: number,
  atMost: number,
): TokenBounds | undefined {
  // Of other tokenizers nothing is known.
  if (tokenizerOf(request) === undefined) return undefined
  const mayBeCached = prompt.atMost >= SHORTEST_CACHED
  const most = mostOutput(request, atMost)
  const isOpen = most === undefined || !Number.isFinite(prompt.atMost)
  return {
    atLeast: mayBeCached ? [0, prompt.atLeast, atLeast] : [prompt.atLeast, 0, atLeast],
    atMost: isOpen ? undefined : [prompt.atMost, 0, most],
  }
}

/** Models of OpenAI that think without showing it. */
const THINKS = /(?:^|\/)(?:o\d|gpt-5|gpt-6|gpt-oss|codex)/

/** Tokens around an answer and its tool calls that no delta shows. */
const MOST_FRAMING = 100

/** The most that OpenAI's models that think answer with, in tokens. */
const MOST_OF_OPENAI = 128_000

/**
 * The most tokens of an answer. What a model thinks, and what it wrote after the connection was gone, did not arrive, so that
 * only the limit that the request states holds. `undefined` if there is none.
 */
function mostOutput(request: SentRequest, arrived: number): number | undefined {
  const { model = '' } = request
  const stated = statedMost(request)
  if (tokenizerOf(request) === undefined) return stated
  return THINKS.test(model)
    ? (stated ?? MOST_OF_OPENAI)
    : Math.min(stated ?? Infinity, arrived + MOST_FRAMING)
}

function statedMost({ body }: SentRequest): number | undefined {
  if (body === undefined) return undefined
  const most =
    body['max_completion_tokens'] ??
    body['max_output_tokens'] ??
    body['max_tokens'] ??
    asObject(body['generationConfig'])?.['maxOutputTokens']
  const answers = toQuantity(body['n']) ?? 1
  const limit = toQuantity(most)
  return limit === undefined ? undefined : limit * answers
}

function promptOf(request: SentRequest): TokenEstimate | undefined {
  const { body } = request
  if (body === undefined) return undefined
  const { tokens, ...bounds } = estimatePrompt(body, tokenizerOf(request) ?? ANY_TOKENIZER)
  return { tokens: Math.round(tokens), ...bounds }
}

/** For models whose tokenizer is not known. Most count about the same. */
const ANY_TOKENIZER = 'cl100k'

function tokenizerOf({ endpoint, model = '' }: SentRequest): TokenizerFamily | undefined {
  return tokenizerFamilyOf(endpoint.provider, model)
}
