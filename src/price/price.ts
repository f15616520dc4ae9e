import type { ProviderFamily } from '../call/provider-family.ts'
import type { Terms } from '../usage/usage.ts'

/**
 * What a vendor charges. Tokens and characters: US dollars for a million of them. A rate that
 * is absent is charged as its neighbour: cache and audio as `input`, an image as text.
 */
export interface Rates {
  readonly input?: number | undefined
  readonly output?: number | undefined
  readonly cacheRead?: number | undefined
  /** Written for five minutes. */
  readonly cacheWrite5m?: number | undefined
  /** Written for an hour. */
  readonly cacheWrite1h?: number | undefined
  readonly audioInput?: number | undefined
  readonly audioOutput?: number | undefined
  readonly imageInput?: number | undefined
  readonly imageOutput?: number | undefined
  /** US dollars for a million characters spoken. */
  readonly characters?: number | undefined
  /** US dollars for a second heard. */
  readonly second?: number | undefined
  /** US dollars for one search. */
  readonly search?: number | undefined
  /** US dollars for the request itself. */
  readonly request?: number | undefined
  /** Seconds that are charged at least, where seconds are heard. */
  readonly minimumSeconds?: number | undefined
  /** US dollars for a second that the call took, on a machine that you pay by time. */
  readonly durationSecond?: number | undefined
}

/** All rates there are. The compiled catalogue stores them in this order. */
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

/**
 * Rates with every name present. All of them are made here, so that the engine sees objects of one
 * shape: where a price is read for every call, several shapes cost more than the arithmetic.
 */
export function completeRates(rate: (name: keyof Rates) => number | undefined): Rates {
  return {
    input: rate('input'),
    output: rate('output'),
    cacheRead: rate('cacheRead'),
    cacheWrite5m: rate('cacheWrite5m'),
    cacheWrite1h: rate('cacheWrite1h'),
    audioInput: rate('audioInput'),
    audioOutput: rate('audioOutput'),
    imageInput: rate('imageInput'),
    imageOutput: rate('imageOutput'),
    characters: rate('characters'),
    second: rate('second'),
    search: rate('search'),
    request: rate('request'),
    minimumSeconds: rate('minimumSeconds'),
    durationSecond: rate('durationSecond'),
  }
}

/** A model's rates at one time under one set of terms. */
export interface Price extends Rates {
  /**
   * Rates of the whole call once its prompt, cache included, has more than `above` tokens;
   * ascending.
   */
  readonly longContext?: readonly (Rates & { readonly above: number })[] | undefined
}

/** A price of that shape, which all prices have; see {@link completeRates}. */
export function toPrice(rates: Rates, longContext?: Price['longContext']): Price {
  return { ...completeRates((name) => rates[name]), longContext }
}

/** What is asked of a price source. */
export interface PriceQuery extends Terms {
  /** As on the span, such as `openai.responses`. */
  readonly provider: string
  readonly family: ProviderFamily
  /** Exactly as the provider writes it. */
  readonly model: string
  /** When the call was made, in milliseconds since the epoch. */
  readonly at: number
}

/** Why there is no price: nothing of that name, or not in that service tier or region. */
export type PriceMiss = 'model_without_price' | 'terms_without_price'

/**
 * Where prices come from. `find` is called for every call, so it must be quick, must not throw
 * and must answer the same question the same way for ever.
 */
export interface PriceSource {
  /** Becomes part of `cost.price_version`, so that a charge can be computed again. */
  readonly version: string
  /** Becomes `cost.source`. */
  readonly source: 'override' | 'catalog'
  find(query: PriceQuery): Price | PriceMiss
}

/** Whether something that somebody handed in can be asked for prices. */
export function isPriceSource(value: unknown): value is PriceSource {
  if (typeof value !== 'object' || value === null) return false
  const { version, source, find } = value as Partial<PriceSource>
  return (
    typeof version === 'string' &&
    version !== '' &&
    (source === 'override' || source === 'catalog') &&
    typeof find === 'function'
  )
}
