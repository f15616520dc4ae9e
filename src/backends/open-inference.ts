import type { Charge } from '../charge/charge.ts'
import { costParts } from '../charge/compute-outcome.ts'
import type { SpanAttributes } from '../span/span.ts'
import { inputTokens, outputTokens } from '../usage/usage.ts'
import type { Backend } from './backend.ts'

/** Cost and usage of a call by the names of OpenInference: semantic conventions of Arize-ai/openinference at 1fe497f1d. */
const openInference: Backend = ({ charge, attributes }) => {
  if (charge?.usd === undefined) return {}
  const parts = costParts(charge)
  return {
    'llm.cost.total': charge.usd,
    ...(parts !== undefined && {
      'llm.cost.prompt': parts.inputUsd + parts.cacheReadUsd + parts.cacheWriteUsd,
      'llm.cost.completion': parts.outputUsd,
    }),
    ...tokens(charge, attributes),
  }
}

/**
 * Arize Phoenix: cost and usage of a call by the names of OpenInference. Phoenix keeps the cost and sums prices of its own
 * (its issue 15240), which are close if the tokens have OpenInference's names: the AI SDK's attributes omit cached tokens,
 * or count them beside the input. Semantic conventions of Arize-ai/openinference at 1fe497f1d (August 2026); run against
 * the real server.
 */
export const phoenix: Backend = openInference

/**
 * Arize AX: the preset of Phoenix by its own name, because both read the names of OpenInference. Arize AX keeps the cost
 * of a span that carries `llm.cost.total`, and computes its own price for all others (its page "How Cost Tracking Works",
 * November 2026); not run against the service.
 */
export const arize: Backend = openInference

/** Text only: Langfuse would count the details of audio as a separate kind of tokens beside the input. */
function tokens({ usage }: Charge, attributes: SpanAttributes): { [name: string]: number } {
  if (usage === undefined || attributes['llm.token_count.prompt'] !== undefined) return {}
  const written = usage.cacheWrite5m + usage.cacheWrite1h
  const prompt = inputTokens(usage)
  const completion = outputTokens(usage)
  return {
    'llm.token_count.prompt': prompt,
    'llm.token_count.completion': completion,
    'llm.token_count.total': prompt + completion,
    ...(usage.cacheRead > 0 && { 'llm.token_count.prompt_details.cache_read': usage.cacheRead }),
    ...(written > 0 && { 'llm.token_count.prompt_details.cache_write': written }),
  }
}
