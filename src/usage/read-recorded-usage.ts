import { COST_USAGE_PREFIX } from '../span/attribute-names.ts'
import { attributeNamed, text, toQuantity, type SpanAttributes } from '../span/span.ts'
import type { Reported } from './raw-usage.ts'
import { noUsage, type Usage, type UsageReading } from './usage.ts'

type Counts = { -readonly [Bucket in keyof Usage]: number }

/**
 * Reads a span of `recordCall`: totals under the names of the GenAI conventions, which include all their parts,
 * and parts under names of costspan, which are those of the buckets in snake case. A total that is less than
 * its parts, such as one that was dropped from a span at its attribute limit, is no usage.
 */
export function readRecordedUsage(
  { input = 0, output = 0, cacheRead = 0, cacheWrite = 0 }: Reported,
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
