import type { Attributes } from '@opentelemetry/api'
import type { ReadAttributes } from '../span/attribute-names.ts'
import * as Unseen from '../usage/unseen.ts'
import type { Usage } from '../usage/usage.ts'
import { totalsOf, type KnownUsage } from './recorded-usage.ts'

/**
 * Converts a usage to attributes, from which `readRecordedUsage` reads every part again: totals under the names of
 * the GenAI conventions, other parts under names of costspan. Values of 0 are omitted.
 */
export function usageAttributes(known: KnownUsage): Attributes {
  const { usage, unseen, serviceTier, region, billed } = known
  const { input, output } = totalsOf(usage)
  return {
    'gen_ai.usage.input_tokens': some(input),
    'gen_ai.usage.output_tokens': some(output),
    'gen_ai.usage.cache_read.input_tokens': some(usage.cacheRead),
    'gen_ai.usage.cache_creation.input_tokens': some(usage.cacheWrite5m + usage.cacheWrite1h),
    'cost.usage.cache_write_1h_tokens': writtenForAnHour(usage, unseen),
    'cost.usage.reasoning_tokens': some(usage.reasoning),
    'cost.usage.audio_input_tokens': some(usage.audioInput),
    'cost.usage.audio_output_tokens': some(usage.audioOutput),
    'cost.usage.image_input_tokens': some(usage.imageInput),
    'cost.usage.image_output_tokens': some(usage.imageOutput),
    'cost.usage.characters': some(usage.characters),
    'cost.usage.seconds': some(usage.seconds),
    'cost.usage.searches': some(usage.searches),
    'cost.usage.unseen': some(unseen),
    'cost.service_tier': serviceTier,
    'cost.region': region,
    'cost.billed_usd': some(billed?.usd),
    'cost.billed_own_key': billed?.ownKey === true ? true : undefined,
    'cost.billed_upstream_usd': some(billed?.upstreamUsd),
  } satisfies { [Name in keyof ReadAttributes]: Attributes[string] }
}

function some(quantity: number | undefined): number | undefined {
  return quantity === 0 ? undefined : quantity
}

/** Written also if it is 0: if it is absent, the lifetime of the cache is unknown. */
function writtenForAnHour(usage: Usage, unseen: number): number | undefined {
  const { cacheWrite5m, cacheWrite1h } = usage
  const isKnown = (unseen & Unseen.cacheWriteDuration) === 0 || cacheWrite1h > 0
  return isKnown && cacheWrite5m + cacheWrite1h > 0 ? cacheWrite1h : undefined
}
