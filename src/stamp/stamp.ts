import type { Attribution } from '../attribution/attribution.ts'
import type { Charge } from '../charge/charge.ts'
import * as names from '../span/attribute-names.ts'
import type { SpanAttributes } from '../span/span.ts'

/**
 * Attributes are written directly: `setAttribute` drops them on a span at its attribute limit,
 * and does nothing on one that has ended. Every function writes the same when called again.
 */

/** Who pays, on every AI span. */
export function stampAttribution(attributes: SpanAttributes, attribution: Attribution): void {
  const { userId, tenantId, plan, tags } = attribution
  if (userId !== undefined) attributes[names.USER_ID] = userId
  if (tenantId !== undefined) attributes[names.TENANT_ID] = tenantId
  if (plan !== undefined) attributes[names.COST_PLAN] = plan
  if (tags !== undefined) {
    for (const name of Object.keys(tags)) attributes[names.COST_TAG_PREFIX + name] = tags[name]
  }
  if (userId === undefined) attributes[names.COST_ATTRIBUTION] = 'none'
}

/** What it cost, on a leaf. */
export function stampCharge(attributes: SpanAttributes, charge: Charge): void {
  const { usd, listed, source, status, reason, priceVersion } = charge
  if (usd !== undefined) {
    attributes[names.COST_USD] = usd
    attributes[names.COST_SOURCE] = source
    if (source === 'billed') {
      if (listed !== undefined) attributes[names.COST_LIST_USD] = listed.usd
    } else {
      stampParts(attributes, charge)
    }
  }
  attributes[names.COST_STATUS] = status
  if (reason !== undefined) attributes[names.COST_REASON] = reason
  attributes[names.COST_PRICE_VERSION] = priceVersion
}

function stampParts(attributes: SpanAttributes, { listed, usage, call }: Charge): void {
  if (listed === undefined || usage === undefined) return
  attributes[names.COST_INPUT_USD] = listed.inputUsd
  if (call.operation === 'chat' || usage.output > 0)
    attributes[names.COST_OUTPUT_USD] = listed.outputUsd
  if (usage.cacheRead > 0) attributes[names.COST_CACHE_READ_USD] = listed.cacheReadUsd
  if (usage.cacheWrite5m + usage.cacheWrite1h > 0) {
    attributes[names.COST_CACHE_WRITE_USD] = listed.cacheWriteUsd
  }
  if (listed.feesUsd > 0) attributes[names.COST_FEES_USD] = listed.feesUsd
}

/** Why a call carries no cost of its own: a span inside it or around it does. */
export function stampCarriedElsewhere(attributes: SpanAttributes): void {
  attributes[names.COST_REASON] = 'carried_by_another_span'
}

/** What the calls below cost together, on an AI span above them. */
export function stampRollup(
  attributes: SpanAttributes,
  usd: number | undefined,
  missingCalls: number,
): void {
  if (usd !== undefined) attributes[names.COST_ROLLUP_USD] = usd
  if (missingCalls > 0) attributes[names.COST_ROLLUP_MISSING_CALLS] = missingCalls
}
