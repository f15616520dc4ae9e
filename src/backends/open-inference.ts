import { partsOf } from '../charge/settle.ts'
import type { Charge } from '../charge/charge.ts'
import { toQuantity, type SpanAttributes } from '../span/span.ts'
import type { Backend } from './backend.ts'

/**
 * OpenInference's names for what a call cost, on calls: Arize AX takes them over its own price. Phoenix
 * keeps them and sums up prices of its own (its issue 15240), which are right if it is told what was
 * cached: so the names of cached tokens that AI SDK 4 to 6 leave out are added, where the input includes
 * them. Semantic conventions of Arize-ai/openinference at 1fe497f1d (August 2026).
 */
const openInference: Backend = ({ charge, attributes }) => {
  if (charge?.usd === undefined) return {}
  const parts = partsOf(charge)
  return {
    'llm.cost.total': charge.usd,
    ...(parts !== undefined && {
      'llm.cost.prompt': parts.inputUsd + parts.cacheReadUsd + parts.cacheWriteUsd,
      'llm.cost.completion': parts.outputUsd,
    }),
    ...cachedTokens(charge, attributes),
  }
}

export const phoenix = openInference
export const arize = openInference

function cachedTokens({ usage }: Charge, attributes: SpanAttributes): { [name: string]: number } {
  if (usage === undefined || attributes['ai.operationId'] === undefined) return {}
  const written = usage.cacheWrite5m + usage.cacheWrite1h
  const input = toQuantity(attributes['gen_ai.usage.input_tokens'])
  const isIncluded = input === usage.input + usage.cacheRead + written + usage.audioInput
  if (!isIncluded || usage.cacheRead + written === 0) return {}
  return {
    'gen_ai.usage.cache_read.input_tokens': usage.cacheRead,
    'gen_ai.usage.cache_creation.input_tokens': written,
  }
}
