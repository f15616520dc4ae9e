import { REDACTED, type StatedAttribution } from '../attribution/attribution.ts'
import { isCopyOf, type IncomingBaggage } from '../attribution/baggage.ts'
import { CARRIED_BY_ANOTHER_SPAN, type Charge } from '../charge/charge.ts'
import { costParts } from '../charge/compute-outcome.ts'
import type { Cost } from '../price/cost.ts'
import type { StampedAttributes } from '../span/attribute-names.ts'
import { isEnriched } from '../span/enriched.ts'
import type { SpanAttributes, SpanLike } from '../span/span.ts'

/**
 * Attributes are written directly: `setAttribute` drops them on a span at its attribute limit,
 * and does nothing on one that has ended. Every function writes the same when called again.
 */
function stampOf(attributes: SpanAttributes): StampedAttributes {
  return attributes as StampedAttributes
}

/** Who pays, on every AI span; an id that may not be told is `''`. */
export function writeAttribution(attributes: SpanAttributes, attribution: StatedAttribution): void {
  const stamp = stampOf(attributes)
  const { userId, tenantId, plan, tags } = attribution
  if (typeof userId === 'string') {
    stamp['user.id'] = userId
    if (stamp['cost.attribution'] !== undefined) delete stamp['cost.attribution']
  } else {
    stamp['cost.attribution'] = userId === REDACTED ? 'redacted' : 'none'
    // An id that was not believed would be read as the payer's by every backend.
    if (stamp['user.id'] !== undefined) delete stamp['user.id']
  }
  if (typeof tenantId === 'string') stamp['tenant.id'] = tenantId
  else if (stamp['tenant.id'] !== undefined) delete stamp['tenant.id']
  if (typeof plan === 'string') stamp['cost.plan'] = plan
  else if (stamp['cost.plan'] !== undefined) delete stamp['cost.plan']
  // What the span itself says of a tag is closer than what it inherits.
  for (const name in tags) if (tags[name]) stamp[`cost.tag.${name}`] ??= tags[name]
}

/** The names that only costspan writes; those of the payer, which an application may write too, are not among them. */
const ourNames = [
  'cost.usd',
  'cost.input_usd',
  'cost.output_usd',
  'cost.cache_read_usd',
  'cost.cache_write_usd',
  'cost.fees_usd',
  'cost.source',
  'cost.list_usd',
  'cost.status',
  'cost.reason',
  'cost.price_version',
  'cost.rollup_usd',
  'cost.rollup_missing_calls',
  'cost.unfinished_calls',
] as const satisfies (keyof StampedAttributes)[]

/**
 * Takes off a span above calls what it never carries: an application's own figures, what another process or an earlier
 * stamp left. To look first is quicker, for a span with any of it is rare.
 */
function takeOffCharge(stamp: StampedAttributes): void {
  if (
    stamp['cost.usd'] !== undefined ||
    stamp['cost.input_usd'] !== undefined ||
    stamp['cost.output_usd'] !== undefined ||
    stamp['cost.cache_read_usd'] !== undefined ||
    stamp['cost.cache_write_usd'] !== undefined ||
    stamp['cost.fees_usd'] !== undefined ||
    stamp['cost.source'] !== undefined ||
    stamp['cost.list_usd'] !== undefined ||
    stamp['cost.status'] !== undefined ||
    stamp['cost.reason'] !== undefined ||
    stamp['cost.price_version'] !== undefined
  ) {
    removeCosts(stamp)
  }
}

/** Takes off all that only costspan writes. */
export function removeCosts(attributes: SpanAttributes): void {
  const stamp = stampOf(attributes)
  for (const name of ourNames) if (stamp[name] !== undefined) delete stamp[name]
}

/**
 * Takes costs that are text off a span that is no AI span: a processor that copies a request's baggage onto every span
 * has put them there, and a backend adds them up. Numbers are the application's own.
 */
export function removeCopiedCosts(span: SpanLike): void {
  try {
    // A span that is not recorded has none.
    const stamp: { readonly [name: string]: unknown } | undefined = span?.attributes
    if (typeof stamp?.['cost.usd'] !== 'string' && typeof stamp?.['cost.status'] !== 'string')
      return
    if (!isEnriched(span)) removeCosts(span.attributes)
  } catch {
    // Attributes that cannot be read or changed are nothing that a backend adds up.
  }
}

/** What it cost, on a leaf. What stands under the other names is somebody else's, and is taken off. */
export function writeCharge(attributes: SpanAttributes, charge: Charge): void {
  const stamp = stampOf(attributes)
  const { usd, listed, source, status, reason, priceVersion } = charge
  let stated: number | undefined
  if (usd !== undefined && source !== undefined) {
    stamp['cost.usd'] = usd
    stamp['cost.source'] = source
    // Parts of what a gateway states would not sum to it; the list price stands beside it.
    const parts = costParts(charge)
    if (parts === undefined) stated = listed?.usd
    stampParts(stamp, charge, parts)
  } else {
    if (stamp['cost.usd'] !== undefined) delete stamp['cost.usd']
    if (stamp['cost.source'] !== undefined) delete stamp['cost.source']
    stampParts(stamp, charge, undefined)
  }
  if (stated !== undefined) stamp['cost.list_usd'] = stated
  else if (stamp['cost.list_usd'] !== undefined) delete stamp['cost.list_usd']
  stamp['cost.status'] = status
  if (reason !== undefined) stamp['cost.reason'] = reason
  else if (stamp['cost.reason'] !== undefined) delete stamp['cost.reason']
  stamp['cost.price_version'] = priceVersion
  if (stamp['cost.rollup_usd'] !== undefined) delete stamp['cost.rollup_usd']
  if (stamp['cost.rollup_missing_calls'] !== undefined) delete stamp['cost.rollup_missing_calls']
}

function stampParts(
  stamp: StampedAttributes,
  { usage, call }: Charge,
  parts: Cost | undefined,
): void {
  const used = parts === undefined ? undefined : usage
  if (parts === undefined || used === undefined) {
    takeOffParts(stamp)
    return
  }
  stamp['cost.input_usd'] = parts.inputUsd
  if (call.operation === 'chat' || used.output > 0 || parts.outputUsd > 0) {
    stamp['cost.output_usd'] = parts.outputUsd
  } else if (stamp['cost.output_usd'] !== undefined) delete stamp['cost.output_usd']
  if (used.cacheRead > 0) stamp['cost.cache_read_usd'] = parts.cacheReadUsd
  else if (stamp['cost.cache_read_usd'] !== undefined) delete stamp['cost.cache_read_usd']
  if (used.cacheWrite5m + used.cacheWrite1h > 0) stamp['cost.cache_write_usd'] = parts.cacheWriteUsd
  else if (stamp['cost.cache_write_usd'] !== undefined) delete stamp['cost.cache_write_usd']
  if (parts.feesUsd > 0) stamp['cost.fees_usd'] = parts.feesUsd
  else if (stamp['cost.fees_usd'] !== undefined) delete stamp['cost.fees_usd']
}

function takeOffParts(stamp: StampedAttributes): void {
  if (stamp['cost.input_usd'] !== undefined) delete stamp['cost.input_usd']
  if (stamp['cost.output_usd'] !== undefined) delete stamp['cost.output_usd']
  if (stamp['cost.cache_read_usd'] !== undefined) delete stamp['cost.cache_read_usd']
  if (stamp['cost.cache_write_usd'] !== undefined) delete stamp['cost.cache_write_usd']
  if (stamp['cost.fees_usd'] !== undefined) delete stamp['cost.fees_usd']
}

/** Why a call carries no cost of its own: a span inside it or around it does. */
export function writeCarriedElsewhere(attributes: SpanAttributes): void {
  stampOf(attributes)['cost.reason'] = CARRIED_BY_ANOTHER_SPAN
}

const COST_NAME = /^cost\W/

/** Takes off what a stranger sent as baggage, and somebody copied, under names that are ours. */
export function removeBaggageCopies(
  attributes: SpanLike['attributes'],
  baggage: IncomingBaggage,
): void {
  for (const [name, value] of baggage) {
    if (COST_NAME.test(name) && isCopyOf(value, attributes[name])) delete attributes[name]
  }
}

/** What the calls below cost together, on an AI span above them, which carries no charge. */
export function writeRollup(
  attributes: SpanAttributes,
  usd: number | undefined,
  missingCalls: number,
): void {
  const stamp = stampOf(attributes)
  takeOffCharge(stamp)
  if (usd !== undefined) stamp['cost.rollup_usd'] = usd
  else if (stamp['cost.rollup_usd'] !== undefined) delete stamp['cost.rollup_usd']
  if (missingCalls > 0) stamp['cost.rollup_missing_calls'] = missingCalls
  else if (stamp['cost.rollup_missing_calls'] !== undefined) {
    delete stamp['cost.rollup_missing_calls']
  }
}

/** How many calls below had not ended yet, on the first span above that did. */
export function writeUnfinishedCalls(attributes: SpanAttributes, calls: number): void {
  if (calls > 0) stampOf(attributes)['cost.unfinished_calls'] = calls
}

/** Takes off the number of unfinished calls that somebody else wrote. */
export function removeUnfinishedCalls(attributes: SpanAttributes): void {
  const stamp = stampOf(attributes)
  if (stamp['cost.unfinished_calls'] !== undefined) delete stamp['cost.unfinished_calls']
}
