import type { Attributes } from '@opentelemetry/api'
import type { Operation } from '../conventions/model-call.ts'
import { toKnownUsage, totalsOf, type RecordedUsage } from '../manual/recorded-usage.ts'
import type { TokenBounds } from '../usage/usage.ts'
import { usageAttributes } from '../manual/usage-attributes.ts'

/**
 * Converts the usage that an answer states to attributes of its call. `undefined` stands for an attribute that is taken
 * off, because an earlier event of the answer may have stated more. The totals have names of costspan besides those of
 * the GenAI conventions, which an instrumentation of the call may write with another meaning.
 */
export function answerAttributes(
  usage: RecordedUsage,
  operation: Operation,
  bounds?: TokenBounds,
): Attributes {
  const known = toKnownUsage(usage, operation)
  const { cacheRead, cacheWrite5m, cacheWrite1h } = known.usage
  const { input, output } = totalsOf(known.usage)
  return {
    ...usageAttributes(known),
    'cost.usage.from_answer': true,
    'cost.usage.input_tokens': input,
    'cost.usage.output_tokens': output,
    'cost.usage.cache_read.input_tokens': cacheRead,
    'cost.usage.cache_creation.input_tokens': cacheWrite5m + cacheWrite1h,
    'cost.usage.at_least': bounds && [...bounds.atLeast],
    'cost.usage.at_most': bounds?.atMost && [...bounds.atMost],
  }
}
