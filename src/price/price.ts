import type { ProviderFamily } from '../conventions/provider-family.ts'
import type { Terms } from '../usage/usage.ts'

/**
 * What a vendor charges. The rates of tokens and characters are US dollars for a million of them. Where the rate of
 * cached, audio or image tokens is absent, that of text applies: `input` or `output`.
 */
export interface Rates {
  /** US dollars for a million text tokens of the prompt. */
  readonly input?: number | undefined
  /** US dollars for a million text tokens of the answer, reasoning included. */
  readonly output?: number | undefined
  /** US dollars for a million tokens that are read from a cache. */
  readonly cacheRead?: number | undefined
  /** US dollars for a million tokens that are written to a cache for five minutes. */
  readonly cacheWrite5m?: number | undefined
  /** US dollars for a million tokens that are written to a cache for an hour. Where it is absent, `cacheWrite5m`. */
  readonly cacheWrite1h?: number | undefined
  /** US dollars for a million audio tokens of the prompt. */
  readonly audioInput?: number | undefined
  /** US dollars for a million audio tokens of the answer. */
  readonly audioOutput?: number | undefined
  /** US dollars for a million image tokens of the prompt. */
  readonly imageInput?: number | undefined
  /** US dollars for a million image tokens of the answer. */
  readonly imageOutput?: number | undefined
  /** US dollars for a million characters spoken. */
  readonly characters?: number | undefined
  /** US dollars for a second of audio transcribed. */
  readonly second?: number | undefined
  /** US dollars for one search that the provider runs. */
  readonly search?: number | undefined
  /** US dollars for the request itself. */
  readonly request?: number | undefined
  /** The seconds of audio that a call is charged at least. */
  readonly minimumSeconds?: number | undefined
  /** US dollars for a second that the call took, on a machine that you pay by time. */
  readonly durationSecond?: number | undefined
}

/** All rates there are. The compiled catalog stores them in this order. */
export const rateNames = [
  'input',
  'output',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioInput',
  'audioOutput',
  'imageInput',
  'imageOutput',
  'characters',
  'second',
  'search',
  'request',
  'minimumSeconds',
  'durationSecond',
] as const satisfies readonly (keyof Rates)[]

type Writable = { -readonly [name in keyof Rates]: Rates[name] }

/**
 * Rates with every name present. Every object of rates is made here or by {@link toPrice}, name by name in
 * one order, so that the engine sees objects of few shapes: a price is read for every call, and several
 * shapes cost more than the arithmetic.
 */
export function completeRates(rate: (name: keyof Rates) => number | undefined): Rates {
  const rates: Writable = {}
  for (const name of rateNames) rates[name] = rate(name)
  return rates
}

/** A model's rates at one time under one set of terms. */
export interface Price extends Rates {
  /**
   * Rates of the whole call once its prompt, cache included, has more than `above` tokens;
   * ascending.
   */
  readonly longContext?:
    | readonly (Rates & {
        /** Tokens of the prompt. */
        readonly above: number
      })[]
    | undefined
}

/** Rates of long prompts; the steps of a price. */
type Steps = Price['longContext']

/**
 * A price that this library has made or checked: every rate is a finite number of 0 or more, or
 * `undefined`. The private field distinguishes it from any foreign object, which neither a field nor the
 * prototype can. It is frozen, so that it stays as it was checked.
 */
class CheckedPrice {
  static has(value: unknown): value is Price {
    return typeof value === 'object' && value !== null && #checked in value && value.#checked
  }

  readonly #checked = true
  declare readonly longContext: Steps

  constructor(rates: Rates, longContext: Steps) {
    for (const name of rateNames) (this as Writable)[name] = rates[name]
    this.longContext = longContext
    longContext?.forEach(Object.freeze)
    Object.freeze(longContext)
    Object.freeze(this)
  }
}

/** Whether this library has made or checked a price, so that it needs no further check. */
export function isChecked(price: unknown): price is Price {
  return CheckedPrice.has(price)
}

/**
 * Makes a checked price. The caller guarantees valid rates, and does not use `longContext` afterwards:
 * it is frozen.
 */
export function toPrice(rates: Rates, longContext?: Steps): Price {
  return new CheckedPrice(rates, longContext)
}

/** The question to a price source. */
export interface PriceQuery extends Terms {
  /** As on the span, such as `openai.responses`. */
  readonly provider: string
  /** The family of the provider, such as `openai`. */
  readonly family: ProviderFamily
  /** Exactly as the provider writes it. */
  readonly model: string
  /** When the call was made, in milliseconds since the epoch. */
  readonly at: number
}

/**
 * Why there is no price.
 *
 * - `model_without_price`: no model of that name is known.
 * - `terms_without_price`: the model is known, and not in that service tier or region.
 */
export type PriceMiss = 'model_without_price' | 'terms_without_price'

/**
 * Where prices come from. `find` is called for every call, so it must be quick, must not throw
 * and must answer the same question the same way for ever. It answers at once, with a price, a
 * {@link PriceMiss} or `undefined`. A call is `unpriced` for the reason `price_source_failed` if a rate
 * is no finite number of 0 or more, or if the answer is something else, such as a promise.
 */
export interface PriceSource {
  /** Becomes part of `cost.price_version`, so that a charge can be computed again. */
  readonly version: string
  /** Becomes `cost.source`. */
  readonly source: 'override' | 'catalog'
  /** Returns the price of a model, or why there is none. */
  find(query: PriceQuery): Price | PriceMiss
}
