import { Unseen, type Usage } from '../usage/usage.ts'
import type { Price, Rates } from './price.ts'

/** What one call cost, in US dollars. The parts sum to `usd`, but for the last bits of a float. */
export interface Cost {
  readonly usd: number
  readonly inputUsd: number
  readonly outputUsd: number
  readonly cacheReadUsd: number
  readonly cacheWriteUsd: number
  readonly feesUsd: number
}

/**
 * The price of a usage, or `undefined` if the price lacks a rate that the usage needs or comes
 * to no amount of money. Float64 and one division: nothing is rounded.
 *
 * @param durationSeconds how long the call took; only a price by `durationSecond` asks for it.
 */
export function priceUsage(usage: Usage, price: Price, durationSeconds = 0): Cost | undefined {
  const rates = ratesFor(usage, price)
  const { input: inputRate, output: outputRate } = rates
  const isByTime = rates.durationSecond !== undefined
  if (inputRate === undefined && promptTokens(usage) > 0 && !isByTime) return undefined
  if (outputRate === undefined && answerTokens(usage) > 0 && !isByTime) return undefined
  if (rates.characters === undefined && usage.characters > 0) return undefined
  if (rates.second === undefined && usage.seconds > 0) return undefined
  if (rates.search === undefined && usage.searches > 0) return undefined

  const input = inputRate ?? 0
  const output = outputRate ?? 0
  const write5m = rates.cacheWrite5m ?? input
  const inputMicro =
    usage.input * input +
    usage.audioInput * (rates.audioInput ?? input) +
    usage.imageInput * (rates.imageInput ?? input) +
    usage.characters * (rates.characters ?? 0)
  const outputMicro =
    usage.output * output +
    usage.audioOutput * (rates.audioOutput ?? output) +
    usage.imageOutput * (rates.imageOutput ?? output)
  const cacheReadMicro = usage.cacheRead * (rates.cacheRead ?? input)
  const cacheWriteMicro =
    usage.cacheWrite5m * write5m + usage.cacheWrite1h * (rates.cacheWrite1h ?? write5m)
  const heardUsd = heardSeconds(usage, rates) * (rates.second ?? 0)
  const feesUsd = usage.searches * (rates.search ?? 0) + (rates.request ?? 0)
  const ranUsd = durationSeconds * (rates.durationSecond ?? 0)
  const usd =
    (inputMicro + outputMicro + cacheReadMicro + cacheWriteMicro) / 1e6 +
    heardUsd +
    feesUsd +
    ranUsd
  // A source of prices may be anybody's code; NaN fails here too.
  if (!(usd >= 0 && usd < Number.POSITIVE_INFINITY)) return undefined

  return {
    usd,
    inputUsd: inputMicro / 1e6 + heardUsd,
    // A machine is paid to answer.
    outputUsd: outputMicro / 1e6 + ranUsd,
    cacheReadUsd: cacheReadMicro / 1e6,
    cacheWriteUsd: cacheWriteMicro / 1e6,
    feesUsd,
  }
}

function heardSeconds({ seconds }: Usage, { minimumSeconds }: Rates): number {
  return seconds > 0 && minimumSeconds !== undefined ? Math.max(seconds, minimumSeconds) : seconds
}

/** The whole prompt, cache included: it decides the rates of a long context. */
function promptTokens(usage: Usage): number {
  return (
    usage.input +
    usage.cacheRead +
    usage.cacheWrite5m +
    usage.cacheWrite1h +
    usage.audioInput +
    usage.imageInput
  )
}

function answerTokens({ output, audioOutput, imageOutput }: Usage): number {
  return output + audioOutput + imageOutput
}

function ratesFor(usage: Usage, price: Price): Rates {
  const tiers = price.longContext
  if (tiers === undefined) return price
  const prompt = promptTokens(usage)
  let rates: Rates = price
  let reached = -1
  for (const tier of tiers) {
    if (prompt <= tier.above || tier.above <= reached) continue
    reached = tier.above
    rates = tier
  }
  return rates
}

/** Whether what a span hides makes its cost too high, too low, or both. */
export interface Bounds {
  readonly tooHigh: boolean
  readonly tooLow: boolean
  /** The bits of {@link Unseen} that this price is sensitive to. */
  readonly unseen: number
}

/** Which of the unseen bits matter at this price: those whose tokens have a price of their own. */
export function boundsOf(unseen: number, usage: Usage, price: Price): Bounds {
  const rates = ratesFor(usage, price)
  const { input = 0, output = 0 } = rates
  const read = rates.cacheRead ?? input
  const write5m = rates.cacheWrite5m ?? input
  const write1h = rates.cacheWrite1h ?? write5m
  let high: number = Unseen.ambiguous | Unseen.metadata
  let low: number =
    Unseen.ambiguous |
    Unseen.metadata |
    Unseen.reasoning |
    Unseen.fees |
    Unseen.input |
    Unseen.output |
    Unseen.brokenOff
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

/** Nothing hidden that would matter. */
const exact: Bounds = { tooHigh: false, tooLow: false, unseen: 0 }
