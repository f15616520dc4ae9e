import type { Operation } from '../conventions/model-call.ts'
import { invalidOption, rejectUnknown } from '../invalid-option.ts'
import { dollars, type Billed } from '../price/reported-cost.ts'
import { toQuantity } from '../span/span.ts'
import { inferenceRegion } from '../usage/anthropic.ts'
import { servedTier } from '../usage/usage-reader.ts'
import * as Unseen from '../usage/unseen.ts'
import { noUsage, type Usage, type UsageReading } from '../usage/usage.ts'

type Buckets = { readonly [Bucket in keyof Usage]?: number | undefined }

/**
 * What a call used, as far as it is known: the buckets are disjoint (`input` is the part of the prompt
 * that no cache held), but for `reasoning`, which is part of `output`. A bucket that is absent is 0,
 * but `output` of a chat, which is then unknown. Tokens are whole numbers.
 */
export interface RecordedUsage extends Buckets {
  /** The tier that the call was served in, such as `flex` or `batch`; absent is standard. */
  readonly serviceTier?: string | undefined
  /** Where inference was bound to, such as `us`; absent is anywhere. */
  readonly region?: string | undefined
  /** The cost that a gateway or the provider reports. A cost of 0 without a key of your own is none. */
  readonly billed?: Billed | undefined
  /** The unknown parts of the usage, as bits: from `usageFrom`, or the `unseen` of a charge. */
  readonly unseen?: number | undefined
}

/** A usage with all its parts. */
export interface KnownUsage extends UsageReading {
  /** The reported cost, if there is one. */
  readonly billed: Billed | undefined
}

const buckets = Object.keys(noUsage) as (keyof Usage)[]
const fields = [...buckets, 'serviceTier', 'region', 'billed', 'unseen']
/** The buckets that do not count tokens. */
const measures = new Set<keyof Usage>(['characters', 'seconds', 'searches'])

/** @throws TypeError if a part is malformed, naming it. */
export function toKnownUsage(recorded: RecordedUsage, operation: Operation): KnownUsage {
  if (typeof recorded !== 'object' || recorded === null || Array.isArray(recorded)) {
    throw invalidOption('usage', 'an object', recorded)
  }
  rejectUnknown(recorded, 'usage', fields)
  const usage: { -readonly [Bucket in keyof Usage]: number } = { ...noUsage }
  for (const bucket of buckets) usage[bucket] = quantity(bucket, recorded[bucket])
  assertTotals(usage)
  const { unseen = 0 } = recorded
  if (!Number.isInteger(unseen) || (unseen & ~Unseen.ALL) !== 0 || unseen > Unseen.ALL) {
    throw invalidOption('usage.unseen', 'bits as `usageFrom` gives them', unseen)
  }
  return {
    usage,
    unseen: unseen | unstated(recorded, usage, operation),
    serviceTier: servedTier(name('serviceTier', recorded.serviceTier)),
    region: inferenceRegion(name('region', recorded.region)),
    billed: toBilled(recorded.billed),
  }
}

/** The tokens of the whole prompt, and of the whole answer, as the GenAI conventions count them. */
export function totalsOf(usage: Usage): { readonly input: number; readonly output: number } {
  return {
    input:
      usage.input +
      usage.cacheRead +
      usage.cacheWrite5m +
      usage.cacheWrite1h +
      usage.audioInput +
      usage.imageInput,
    output: usage.output + usage.audioOutput + usage.imageOutput,
  }
}

/**
 * Converts a reading to a small object to print and to store, without values that are 0 or standard. Input and output
 * are kept even if they are 0, because the answer states them.
 */
export function toRecorded(reading: UsageReading, billed?: Billed): RecordedUsage {
  const { unseen, serviceTier, region } = reading
  const { input, output } = reading.usage
  const usage = { ...reading.usage, reasoning: Math.min(reading.usage.reasoning, output) }
  const used = buckets.filter((bucket) => usage[bucket] > 0)
  return {
    input,
    output,
    ...Object.fromEntries(used.map((bucket) => [bucket, usage[bucket]])),
    ...(serviceTier !== undefined && { serviceTier }),
    ...(region !== undefined && { region }),
    ...(billed !== undefined && { billed }),
    ...(unseen !== 0 && { unseen }),
  }
}

function quantity(bucket: keyof Usage, value: unknown): number {
  if (value === undefined) return 0
  const amount = toQuantity(value)
  if (measures.has(bucket)) {
    if (amount === undefined) throw invalidOption(`usage.${bucket}`, 'a number, 0 or more', value)
    return amount
  }
  // Totals are exact only with whole numbers, and a part is computed again as the rest of a total.
  if (amount === undefined || !Number.isInteger(amount)) {
    throw invalidOption(`usage.${bucket}`, 'a whole number of tokens, 0 or more', value)
  }
  return amount
}

function assertTotals(usage: Usage): void {
  const { input, output } = totalsOf(usage)
  if (toQuantity(input) === undefined || toQuantity(output) === undefined) {
    throw invalidOption('usage', `of at most ${Number.MAX_SAFE_INTEGER} tokens`)
  }
  if (usage.reasoning > usage.output) {
    throw invalidOption(
      'usage.reasoning',
      'at most `usage.output`, which includes it',
      usage.reasoning,
    )
  }
}

/** Every chat has input and output: a prompt without tokens, or an output that is not stated, is unknown. */
function unstated(recorded: RecordedUsage, usage: Usage, operation: Operation): number {
  if (operation !== 'chat') return 0
  const { input, output } = totalsOf(usage)
  const isOutputStated = recorded.output !== undefined || output > 0
  return (input === 0 ? Unseen.input : 0) | (isOutputStated ? 0 : Unseen.output)
}

function name(field: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value === '') {
    throw invalidOption(`usage.${field}`, 'a string with something in it', value)
  }
  return value
}

function toBilled(billed: Partial<Billed> | undefined): Billed | undefined {
  if (billed === undefined) return undefined
  if (typeof billed !== 'object' || billed === null) {
    throw invalidOption('usage.billed', 'an object', billed)
  }
  rejectUnknown(billed, 'usage.billed', ['usd', 'ownKey', 'upstreamUsd'])
  const { usd, ownKey = false, upstreamUsd } = billed
  if (typeof ownKey !== 'boolean') throw invalidOption('usage.billed.ownKey', 'a boolean', ownKey)
  const upstream = upstreamUsd === undefined ? undefined : dollarsOf('upstreamUsd', upstreamUsd)
  return { usd: dollarsOf('usd', usd), ownKey, upstreamUsd: ownKey ? upstream : undefined }
}

function dollarsOf(field: string, value: unknown): number {
  const usd = typeof value === 'number' ? dollars(value) : undefined
  if (usd === undefined)
    throw invalidOption(`usage.billed.${field}`, 'US dollars, 0 or more', value)
  return usd
}
