import type { Charge } from 'costspan'
import type { PhoenixSpan } from './phoenix-client.ts'

/** AWS takes a tenth more for Claude in a region of one's own; Phoenix has Anthropic's prices. */
const REGIONAL = 1.1
/** An hour in Anthropic's cache costs twice the input, five minutes 1.25 times. */
const [HOUR, FIVE_MINUTES] = [2, 1.25]
const EXACT_USD = 1e-9

/** Models without a price in the pinned Phoenix, or deployments whose names say no model. */
const unknownToPhoenix = /^amazon\.nova|^team-chat$|^example\/|^anthropic\/claude-sonnet-4\.5$/

/**
 * Why what Phoenix has is not what costspan has: `'equal'`, a reason whose amount was checked, or `undefined`
 * where nothing known explains it.
 */
export function differenceTo(charge: Charge, span: PhoenixSpan): string | undefined {
  const { usd, usage, call } = charge
  const { ownUsd } = span
  if (usd === undefined) return ownUsd === undefined ? 'equal' : undefined
  if (ownUsd === undefined) {
    if (call.operation !== 'chat') return 'embeddings and reranking have no price in Phoenix'
    return unknownToPhoenix.test(call.requestModel ?? '')
      ? 'Phoenix does not know the model'
      : undefined
  }
  if (isEqual(usd, ownUsd)) return 'equal'
  if (charge.source === 'billed') return 'a gateway has billed it; Phoenix has the list price'
  if (usage === undefined) return undefined
  if (call.family === 'aws') return explainedBy('the price of AWS', usd / REGIONAL, span, charge)
  return explainedBy(undefined, usd, span, charge)
}

/** Takes off what Phoenix has no price for, and compares with what remains. */
function explainedBy(
  reason: string | undefined,
  usd: number,
  { ownUsd = 0, attributes }: PhoenixSpan,
  { usage }: Charge,
): string | undefined {
  const of = (name: string): number => Number(attributes[name] ?? 0)
  if (isEqual(usd, ownUsd)) return reason
  if (usage === undefined) return undefined
  if (usage.searches > 0 && isEqual(usd - of('cost.fees_usd'), ownUsd)) return 'a fee for searches'
  const scale = reason === undefined ? 1 : REGIONAL
  const input = of('cost.input_usd') / scale / (usage.input + usage.audioInput)
  const hour = usage.cacheWrite1h * input * (HOUR - FIVE_MINUTES)
  if (usage.cacheWrite1h > 0 && isEqual(usd - hour, ownUsd)) {
    return ['an hour in the cache costs more than five minutes', reason]
      .filter(Boolean)
      .join(', and ')
  }
  if (usage.audioInput > 0 && usd > ownUsd) return 'audio is text to Phoenix'
  return undefined
}

function isEqual(one: number, other: number): boolean {
  return Math.abs(one - other) < EXACT_USD
}
