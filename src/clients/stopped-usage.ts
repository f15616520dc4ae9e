import type { RecordedUsage } from '../manual/recorded-usage.ts'
import { asObject } from '../span/json.ts'
import { toQuantity } from '../span/span.ts'
import * as Unseen from '../usage/unseen.ts'
import { servedTier } from '../usage/usage-reader.ts'
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
    const counted = this.#countedByUser()
    if (counted !== undefined) return { tokens: counted, atLeast: counted, atMost: counted }
    return { tokens: Math.round(tokens), ...bounds }
  }

  /** `undefined` if the function of the user throws, or returns what is no count. */
  #countedByUser(): number | undefined {
    try {
      const counted = this.#countTokens?.(this.#text)
      return Number.isSafeInteger(counted) ? toQuantity(counted) : undefined
    } catch {
      return undefined
    }
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

/**
 * Estimates what an answer used that was stopped. `isServed` is whether the provider has answered: before that it may not
 * have received the request.
 */
export function stoppedUsage(
  request: SentRequest,
  seen: SeenAnswer,
  arrived: ArrivedText,
  isServed: boolean,
): StoppedUsage {
  const text = arrived.estimate()
  const isCounted = tokenizerOf(request) !== undefined || arrived.isCountedByUser
  const { usage, bounds } =
    seen.usage === undefined
      ? unreported(request, text)
      : partlyReported(request, seen.usage, text, isCounted)
  const requested = requestedTier(request)
  const serviceTier =
    usage.serviceTier ?? (seen.serviceTier === undefined ? requested : servedTier(seen.serviceTier))
  // A provider may serve a request of the priority tier at the price of the standard tier.
  const mayBeCheaper = requested === 'priority' && seen.serviceTier === undefined
  return {
    usage: { ...usage, serviceTier },
    bounds: bounds && {
      atLeast: isServed && !mayBeCheaper ? bounds.atLeast : [0, 0, 0],
      atMost: mayHaveFees(request, seen) ? undefined : bounds.atMost,
    },
  }
}

function partlyReported(
  request: SentRequest,
  reported: RecordedUsage,
  { tokens, atLeast }: TokenEstimate,
  isCounted: boolean,
): StoppedUsage {
  const { unseen = 0, input = 0, cacheRead = 0 } = reported
  const shown = reported.output ?? 0
  const output = Math.max(shown, tokens)
  const most = mostOutput(request, output)
  return {
    usage: { ...reported, output, unseen: unseen & ~Unseen.brokenOff },
    bounds: {
      // Of other tokenizers nothing is known but what the provider had counted.
      atLeast: [input, cacheRead, isCounted ? Math.max(shown, atLeast) : shown],
      atMost: most === undefined ? undefined : [input, cacheRead, most],
    },
  }
}

function unreported(request: SentRequest, text: TokenEstimate): StoppedUsage {
  const prompt = promptOf(request)
  const usage = { input: prompt?.tokens ?? 0, output: text.tokens }
  return { usage, bounds: prompt && boundsFor(request, prompt, text) }
}

/** OpenAI caches no shorter prompts. */
const SHORTEST_CACHED = 1024

function boundsFor(
  request: SentRequest,
  prompt: TokenEstimate,
  { tokens, atLeast }: TokenEstimate,
): TokenBounds | undefined {
  // Of other tokenizers nothing is known.
  if (tokenizerOf(request) === undefined) return undefined
  const mayBeCached = prompt.atMost >= SHORTEST_CACHED
  const most = mostOutput(request, tokens)
  const isOpen = most === undefined || !Number.isFinite(prompt.atMost)
  return {
    atLeast: mayBeCached ? [0, prompt.atLeast, atLeast] : [prompt.atLeast, 0, atLeast],
    atMost: isOpen ? undefined : [prompt.atMost, 0, most],
  }
}

/** Tiers that a request names and that have prices of their own. Of `auto` only the answer states which tier it was. */
const PRICED_TIERS = new Set<unknown>(['flex', 'priority', 'batch'])

function requestedTier({ body }: SentRequest): string | undefined {
  const tier = body?.['service_tier']
  return typeof tier === 'string' && PRICED_TIERS.has(tier) ? tier : undefined
}

/** Whether the provider may have run tools that it bills by the call: nothing limits how many calls it made. */
function mayHaveFees({ body }: SentRequest, { ranTools, usage }: SeenAnswer): boolean {
  if (ranTools || ((usage?.unseen ?? 0) & Unseen.fees) !== 0) return true
  if (body === undefined) return false
  if (SEARCHES.some((field) => body[field] !== undefined && body[field] !== null)) return true
  const tools: unknown = body['tools']
  return Array.isArray(tools) && tools.some(runsAtProvider)
}

/** Fields of a request that make the provider search. */
const SEARCHES = ['web_search_options', 'plugins'] as const

/** Anthropic's and Google's functions have no type. */
function runsAtProvider(value: unknown): boolean {
  const tool = asObject(value)
  const type = tool?.['type']
  if (type !== undefined) return type !== 'function' && type !== 'custom'
  return !(
    tool !== undefined &&
    ('name' in tool || 'functionDeclarations' in tool || 'function_declarations' in tool)
  )
}

/**
 * The longest answers of OpenAI's models in tokens, thoughts included: "max output tokens" on each model's page, at
 * https://platform.openai.com/docs/models. The first pattern that matches decides; of a model of no pattern the limit is not known.
 */
const longestAnswers: readonly (readonly [RegExp, number])[] = [
  [/^(?:chatgpt-4o|gpt-4o(?!-64k)|gpt-4\.5)/, 16_384],
  [/^gpt-4\.1/, 32_768],
  [/^(?:gpt-4-(?:turbo|1106|0125|vision)|gpt-3\.5|gpt-35)/, 4_096],
  [/^gpt-4(?:-0613|-0314)?$/, 8_192],
  [/^(?:o\d|codex-mini)/, 100_000],
  [/^gpt-[56]/, 128_000],
  [/^gpt-oss/, 131_072],
]

function longestAnswer(model: string): number | undefined {
  const name = model.toLowerCase().replace(/^openai\//, '')
  const base = name.startsWith('ft:') ? (name.split(':', 2)[1] ?? '') : name
  return longestAnswers.find(([pattern]) => pattern.test(base))?.[1]
}

/**
 * The most tokens of an answer. What a model thinks, what waits in the socket, and what the provider generated after the
 * connection was gone did not arrive. So only a limit of the request or of the model holds. `undefined` if there is none.
 */
function mostOutput(request: SentRequest, shown: number): number | undefined {
  const { endpoint, model = '' } = request
  if (endpoint.operation === 'embeddings') return 0
  const isKnown = tokenizerOf(request) !== undefined
  const limit = statedMost(request) ?? (isKnown ? longestAnswer(model) : undefined)
  return limit === undefined ? undefined : Math.max(limit * answersOf(request), shown)
}

function statedMost({ body }: SentRequest): number | undefined {
  return toQuantity(
    body?.['max_completion_tokens'] ??
      body?.['max_output_tokens'] ??
      body?.['max_tokens'] ??
      asObject(body?.['generationConfig'])?.['maxOutputTokens'],
  )
}

/** Answers that a request asks for. Of `best_of` the provider returns a part and bills all. */
function answersOf({ body }: SentRequest): number {
  const prompts: unknown = body?.['prompt']
  const count = Array.isArray(prompts) ? Math.max(prompts.length, 1) : 1
  return count * Math.max(toQuantity(body?.['n']) ?? 1, toQuantity(body?.['best_of']) ?? 1, 1)
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
