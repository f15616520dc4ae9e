import { REDACTED, type StatedAttribution } from '../attribution/attribution.ts'
import { isCopyOf, type IncomingBaggage } from '../attribution/baggage.ts'
import { CARRIED_BY_ANOTHER_SPAN, type Charge } from '../charge/charge.ts'
import { costParts } from '../charge/compute-outcome.ts'
import type { Cost } from '../price/cost.ts'
import type { WrittenAttributes } from '../span/attribute-names.ts'
import { isEnriched } from '../span/enriched.ts'
import type { SpanAttributes, SpanLike } from '../span/span.ts'

/**
 * Attributes are written directly: `setAttribute` drops them on a span at its attribute limit,
 * and does nothing on one that has ended. Every function writes the same when called again.
 */
function writtenIn(attributes: SpanAttributes): WrittenAttributes {
  return attributes as WrittenAttributes
}

/** Writes the attribution, on every AI span. */
export function writeAttribution(attributes: SpanAttributes, attribution: StatedAttribution): void {
  const written = writtenIn(attributes)
  const { userId, tenantId, plan, tags } = attribution
  if (typeof userId === 'string') {
    written['user.id'] = userId
    if (written['cost.attribution'] !== undefined) delete written['cost.attribution']
  } else {
    written['cost.attribution'] = userId === REDACTED ? 'redacted' : 'none'
    // Every backend would take an untrusted id for that of the user.
    if (written['user.id'] !== undefined) delete written['user.id']
  }
  if (typeof tenantId === 'string') written['tenant.id'] = tenantId
  else if (written['tenant.id'] !== undefined) delete written['tenant.id']
  if (typeof plan === 'string') written['cost.plan'] = plan
  else if (written['cost.plan'] !== undefined) delete written['cost.plan']
  // A tag of the span itself overrides an inherited one. A redacted tag is empty.
  for (const name in tags) if (tags[name]) written[`cost.tag.${name}`] ??= tags[name]
}

/** The names that only costspan writes. An application may write those of the attribution, too. */
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
] as const satisfies (keyof WrittenAttributes)[]

/**
 * Removes from a span above calls the charge that it never carries: figures of the application, of another process, or of
 * an earlier call of the hook. Few spans have any of them, so it is quicker to look first.
 */
function removeCharge(written: WrittenAttributes): void {
  if (
    written['cost.usd'] !== undefined ||
    written['cost.input_usd'] !== undefined ||
    written['cost.output_usd'] !== undefined ||
    written['cost.cache_read_usd'] !== undefined ||
    written['cost.cache_write_usd'] !== undefined ||
    written['cost.fees_usd'] !== undefined ||
    written['cost.source'] !== undefined ||
    written['cost.list_usd'] !== undefined ||
    written['cost.status'] !== undefined ||
    written['cost.reason'] !== undefined ||
    written['cost.price_version'] !== undefined
  ) {
    removeCosts(written)
  }
}

/** Removes all that only costspan writes. */
export function removeCosts(attributes: SpanAttributes): void {
  const written = writtenIn(attributes)
  for (const name of ourNames) if (written[name] !== undefined) delete written[name]
}

/**
 * Removes costs that are texts from a span that is no AI span. A processor that copies the baggage of requests onto every
 * span has written them, and a backend would sum them. Numbers are the application's own.
 */
export function removeCopiedCosts(span: SpanLike): void {
  try {
    // A span that is not recorded has no attributes.
    const written: { readonly [name: string]: unknown } | undefined = span?.attributes
    if (typeof written?.['cost.usd'] !== 'string' && typeof written?.['cost.status'] !== 'string')
      return
    if (!isEnriched(span)) removeCosts(span.attributes)
  } catch {
    // A backend cannot sum attributes that cannot be read.
  }
}

/** Writes the charge of a call, and removes foreign values under names that the charge does not use. */
export function writeCharge(attributes: SpanAttributes, charge: Charge): void {
  const written = writtenIn(attributes)
  const { usd, listed, source, status, reason, priceVersion } = charge
  let stated: number | undefined
  if (usd !== undefined && source !== undefined) {
    written['cost.usd'] = usd
    written['cost.source'] = source
    // The parts of a reported cost are unknown, so the list price is written beside it.
    const parts = costParts(charge)
    if (parts === undefined) stated = listed?.usd
    writeParts(written, charge, parts)
  } else {
    if (written['cost.usd'] !== undefined) delete written['cost.usd']
    if (written['cost.source'] !== undefined) delete written['cost.source']
    writeParts(written, charge, undefined)
  }
  if (stated !== undefined) written['cost.list_usd'] = stated
  else if (written['cost.list_usd'] !== undefined) delete written['cost.list_usd']
  written['cost.status'] = status
  if (reason !== undefined) written['cost.reason'] = reason
  else if (written['cost.reason'] !== undefined) delete written['cost.reason']
  written['cost.price_version'] = priceVersion
  if (written['cost.rollup_usd'] !== undefined) delete written['cost.rollup_usd']
  if (written['cost.rollup_missing_calls'] !== undefined)
    delete written['cost.rollup_missing_calls']
}

function writeParts(
  written: WrittenAttributes,
  { usage, call }: Charge,
  parts: Cost | undefined,
): void {
  const used = parts === undefined ? undefined : usage
  if (parts === undefined || used === undefined) {
    removeParts(written)
    return
  }
  written['cost.input_usd'] = parts.inputUsd
  if (call.operation === 'chat' || used.output > 0 || parts.outputUsd > 0) {
    written['cost.output_usd'] = parts.outputUsd
  } else if (written['cost.output_usd'] !== undefined) delete written['cost.output_usd']
  if (used.cacheRead > 0) written['cost.cache_read_usd'] = parts.cacheReadUsd
  else if (written['cost.cache_read_usd'] !== undefined) delete written['cost.cache_read_usd']
  if (used.cacheWrite5m + used.cacheWrite1h > 0)
    written['cost.cache_write_usd'] = parts.cacheWriteUsd
  else if (written['cost.cache_write_usd'] !== undefined) delete written['cost.cache_write_usd']
  if (parts.feesUsd > 0) written['cost.fees_usd'] = parts.feesUsd
  else if (written['cost.fees_usd'] !== undefined) delete written['cost.fees_usd']
}

function removeParts(written: WrittenAttributes): void {
  if (written['cost.input_usd'] !== undefined) delete written['cost.input_usd']
  if (written['cost.output_usd'] !== undefined) delete written['cost.output_usd']
  if (written['cost.cache_read_usd'] !== undefined) delete written['cost.cache_read_usd']
  if (written['cost.cache_write_usd'] !== undefined) delete written['cost.cache_write_usd']
  if (written['cost.fees_usd'] !== undefined) delete written['cost.fees_usd']
}

/** Writes why a call carries no cost: a nested or enclosing span does. */
export function writeCarriedElsewhere(attributes: SpanAttributes): void {
  writtenIn(attributes)['cost.reason'] = CARRIED_BY_ANOTHER_SPAN
}

const COST_NAME = /^cost\W/

/** Removes values under our names that a processor copied from untrusted baggage. */
export function removeBaggageCopies(
  attributes: SpanLike['attributes'],
  baggage: IncomingBaggage,
): void {
  for (const [name, value] of baggage) {
    if (COST_NAME.test(name) && isCopyOf(value, attributes[name])) delete attributes[name]
  }
}

/** Writes the roll-up: the cost of all calls below an AI span that carries no charge. */
export function writeRollup(
  attributes: SpanAttributes,
  usd: number | undefined,
  missingCalls: number,
): void {
  const written = writtenIn(attributes)
  removeCharge(written)
  if (usd !== undefined) written['cost.rollup_usd'] = usd
  else if (written['cost.rollup_usd'] !== undefined) delete written['cost.rollup_usd']
  if (missingCalls > 0) written['cost.rollup_missing_calls'] = missingCalls
  else if (written['cost.rollup_missing_calls'] !== undefined) {
    delete written['cost.rollup_missing_calls']
  }
}

/** Writes how many calls below had not ended, on the first span above them that ended. */
export function writeUnfinishedCalls(attributes: SpanAttributes, calls: number): void {
  if (calls > 0) writtenIn(attributes)['cost.unfinished_calls'] = calls
}

/** Removes a foreign number of unfinished calls. */
export function removeUnfinishedCalls(attributes: SpanAttributes): void {
  const written = writtenIn(attributes)
  if (written['cost.unfinished_calls'] !== undefined) delete written['cost.unfinished_calls']
}
