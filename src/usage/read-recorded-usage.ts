import { COST_USAGE_PREFIX } from '../span/attribute-names.ts'
import { attributeNamed, text, toQuantity, type SpanAttributes } from '../span/span.ts'
import type { ModelCall } from '../conventions/model-call.ts'
import type { Reported } from './raw-usage.ts'
import { noUsage, type TextTokens, type Usage, type UsageReading } from './usage.ts'

type Counts = { -readonly [Bucket in keyof Usage]: number }

/** Whether the usage of a call is written part by part: by `recordCall`, or as `costspan/clients` read it from the answer. */
export function isRecorded({ vocabulary }: ModelCall, attributes: SpanAttributes): boolean {
  return vocabulary === 'recorded' || attributes['cost.usage.from_answer'] === true
}

/** Reads the totals that `costspan/clients` wrote, and the parts. */
export function readAnswerUsage(attributes: SpanAttributes): UsageReading | undefined {
  const reading = readRecordedUsage(
    {
      input: toQuantity(attributes['cost.usage.input_tokens']),
      output: toQuantity(attributes['cost.usage.output_tokens']),
      cacheRead: toQuantity(attributes['cost.usage.cache_read.input_tokens']),
      cacheWrite: toQuantity(attributes['cost.usage.cache_creation.input_tokens']),
    },
    attributes,
  )
  const atLeast = toTextTokens(attributes['cost.usage.at_least'])
  if (reading === undefined || atLeast === undefined) return reading
  return { ...reading, bounds: { atLeast, atMost: toTextTokens(attributes['cost.usage.at_most']) } }
}

function toTextTokens(value: unknown): TextTokens | undefined {
  if (!Array.isArray(value)) return undefined
  const [input, cacheRead, output] = value.map(toQuantity)
  return input === undefined || cacheRead === undefined || output === undefined
    ? undefined
    : [input, cacheRead, output]
}

/**
 * Reads a span of `recordCall`: totals under the names of the GenAI conventions, which include all their parts,
 * and parts under names of costspan, which are those of the buckets in snake case. A total that is less than
 * its parts, such as one that was dropped from a span at its attribute limit, is no usage.
 */
export function readRecordedUsage(
  {
    input = 0,
    output = 0,
    cacheRead = 0,
    cacheWrite = 0,
  }: Pick<Reported, 'input' | 'output' | 'cacheRead' | 'cacheWrite'>,
  attributes: SpanAttributes,
): UsageReading | undefined {
  const own = (name: string): number =>
    toQuantity(attributeNamed(attributes, COST_USAGE_PREFIX + name)) ?? 0
  const usage: Counts = { ...noUsage }
  let bucket: keyof Usage
  for (bucket in usage) {
    const name = bucket.replace(/[A-Z1]/g, '_$&').toLowerCase()
    usage[bucket] = own(`${name}_tokens`) || own(name)
  }
  usage.cacheRead = cacheRead
  usage.cacheWrite5m = cacheWrite - usage.cacheWrite1h
  usage.input = input - cacheRead - cacheWrite - usage.audioInput - usage.imageInput
  usage.output = output - usage.audioOutput - usage.imageOutput
  const counts = Object.values(usage)
  if (!(Math.min(...counts) >= 0 && Math.max(...counts) > 0)) return undefined
  return {
    usage,
    unseen: own('unseen'),
    serviceTier: text(attributes['cost.service_tier']),
    region: text(attributes['cost.region']),
  }
}
