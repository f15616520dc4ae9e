import * as Unseen from '../usage/unseen.ts'
import { inputTokens, type Usage } from '../usage/usage.ts'
import { checkedPrice } from './ask-source.ts'
import { isChecked, type Price, type Rates } from './price.ts'

/** What one call cost, in US dollars. The parts sum to `usd`, but for the last bits of a float. */
export interface Cost {
  /** The whole cost. */
  readonly usd: number
  /** Text, audio and images of the prompt that no cache held; characters to be spoken, and seconds of audio. */
  readonly inputUsd: number
  /** The answer, and the time of a machine that is paid by time. */
  readonly outputUsd: number
  /** Tokens that were read from a cache. */
  readonly cacheReadUsd: number
  /** Tokens that were written to a cache. */
  readonly cacheWriteUsd: number
  /** Searches, and the fee for the request. */
  readonly feesUsd: number
}

/**
 * Computes what a usage costs at a price. Returns `undefined` if the price lacks a rate that the usage needs, or
 * if the result is not a finite amount. Float64 with one division: nothing is rounded.
 *
 * @param usage the quantities of one call.
 * @param price the rates, such as those that `catalog.find` returns.
 * @param durationSeconds how long the call took; needed only by a price with `durationSecond`.
 */
export function priceUsage(usage: Usage, price: Price, durationSeconds?: number): Cost | undefined {
  return isChecked(price)
    ? priceByChecked(usage, price, durationSeconds)
    : priceByUnchecked(usage, price, durationSeconds)
}

/** A price that the caller made. An object that is no price gives no cost. */
function priceByUnchecked(usage: Usage, price: Price, seconds?: number): Cost | undefined {
  try {
    return priceByChecked(usage, checkedPrice(price), seconds)
  } catch {
    return undefined
  }
}

function priceByChecked(usage: Usage, price: Price, durationSeconds?: number): Cost | undefined {
  const cost = costOf(usage, ratesFor(usage, price), durationSeconds)
  // NaN if a rate is missing, Infinity if the rates exceed the range of a float.
  return cost.usd >= 0 && cost.usd < Number.POSITIVE_INFINITY ? cost : undefined
}

function costOf(usage: Usage, rates: Rates, durationSeconds = Number.NaN): Cost {
  const { durationSecond } = rates
  // A machine that is paid by time needs no rate for a token; else a token without a rate has no price.
  const noRate = durationSecond === undefined ? Number.NaN : 0
  const { input = noRate, output = noRate } = rates
  let inputMicro = microOf(usage.input, input)
  let outputMicro = microOf(usage.output, output)
  let transcriptionUsd = 0
  let feesUsd = rates.request ?? 0
  const cacheReadMicro = microOf(usage.cacheRead, rates.cacheRead ?? input)
  const cacheWriteMicro = microOfWrites(usage, rates, input)
  // Nearly every call is text alone.
  if (isMoreThanText(usage)) {
    // In this order, for the sum of floats depends on it.
    inputMicro =
      inputMicro +
      microOf(usage.audioInput, rates.audioInput ?? input) +
      microOf(usage.imageInput, rates.imageInput ?? input) +
      microOf(usage.characters, rates.characters)
    outputMicro =
      outputMicro +
      microOf(usage.audioOutput, rates.audioOutput ?? output) +
      microOf(usage.imageOutput, rates.imageOutput ?? output)
    transcriptionUsd = microOf(billedSeconds(usage, rates), rates.second)
    feesUsd += microOf(usage.searches, rates.search)
  }
  // The machine is paid for its answer.
  const ranUsd = durationSecond === undefined ? 0 : durationSeconds * durationSecond
  return {
    usd:
      (inputMicro + outputMicro + cacheReadMicro + cacheWriteMicro) / 1e6 +
      transcriptionUsd +
      feesUsd +
      ranUsd,
    inputUsd: inputMicro / 1e6 + transcriptionUsd,
    outputUsd: outputMicro / 1e6 + ranUsd,
    cacheReadUsd: cacheReadMicro / 1e6,
    cacheWriteUsd: cacheWriteMicro / 1e6,
    feesUsd,
  }
}

/** Compares each quantity: a sum of them is 0 where a negative one balances another, and the cost would be 0. */
function isMoreThanText(usage: Usage): boolean {
  return (
    usage.audioInput !== 0 ||
    usage.audioOutput !== 0 ||
    usage.imageInput !== 0 ||
    usage.imageOutput !== 0 ||
    usage.characters !== 0 ||
    usage.seconds !== 0 ||
    usage.searches !== 0
  )
}

/** A quantity of 0 needs no rate. Any other quantity without a rate gives NaN. */
function microOf(quantity: number, rate = Number.NaN): number {
  return quantity === 0 ? 0 : quantity * rate
}

function microOfWrites(usage: Usage, rates: Rates, input: number): number {
  const write5m = rates.cacheWrite5m ?? input
  return (
    microOf(usage.cacheWrite5m, write5m) +
    microOf(usage.cacheWrite1h, rates.cacheWrite1h ?? write5m)
  )
}

function billedSeconds({ seconds }: Usage, { minimumSeconds }: Rates): number {
  return seconds > 0 && minimumSeconds !== undefined ? Math.max(seconds, minimumSeconds) : seconds
}

/** The rates of a price that hold for a usage: those of a long context, if it has one. */
export function ratesFor(usage: Usage, price: Price): Rates {
  const tiers = price.longContext
  if (tiers === undefined) return price
  const prompt = inputTokens(usage)
  let rates: Rates = price
  let reached = -1
  for (const tier of tiers) {
    if (prompt <= tier.above || tier.above <= reached) continue
    reached = tier.above
    rates = tier
  }
  return rates
}

/** Whether the hidden usage of a span makes its cost too high, too low, or both. */
export interface Bounds {
  /** Whether the true cost may be lower. */
  readonly tooHigh: boolean
  /** Whether the true cost may be higher. */
  readonly tooLow: boolean
  /** The bits of `unseen.ts` that change the cost at this price. */
  readonly unseen: number
}

/** Finds the unseen bits that matter at a price: those whose tokens have a separate rate. */
export function boundsOf(unseen: number, usage: Usage, price: Price): Bounds {
  const rates = ratesFor(usage, price)
  const { input = 0, output = 0 } = rates
  const read = rates.cacheRead ?? input
  const write5m = rates.cacheWrite5m ?? input
  const write1h = rates.cacheWrite1h ?? write5m
  let high: number = Unseen.ambiguous | Unseen.metadata | Unseen.COUNTED | Unseen.DOUBTS
  let low: number =
    Unseen.ambiguous |
    Unseen.metadata |
    Unseen.reasoning |
    Unseen.fees |
    Unseen.input |
    Unseen.output |
    Unseen.brokenOff |
    Unseen.COUNTED |
    Unseen.DOUBTS
  if (read < input) high |= Unseen.cacheReadsInInput
  if (read > 0) low |= Unseen.cacheReadsMissing
  if (Math.max(write5m, write1h) > input) low |= Unseen.cacheWritesInInput
  if (Math.min(write5m, write1h) < input) high |= Unseen.cacheWritesInInput
  if (Math.max(write5m, write1h) > 0) low |= Unseen.cacheWritesMissing
  if (write1h > write5m) low |= Unseen.cacheWriteDuration
  if ((rates.audioInput ?? input) > input) low |= Unseen.audio
  if ((rates.audioOutput ?? output) > output) low |= Unseen.audio
  if ((rates.imageOutput ?? output) > output) low |= Unseen.images
  if ((unseen & (high | low)) === 0) return exact
  return {
    tooHigh: (unseen & high) !== 0,
    tooLow: (unseen & low) !== 0,
    unseen: unseen & (high | low),
  }
}

/** No hidden usage that changes the cost. */
const exact: Bounds = { tooHigh: false, tooLow: false, unseen: 0 }
