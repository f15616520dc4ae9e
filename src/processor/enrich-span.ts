import type { SpanLike } from '../span/span.ts'
import {
  writeAttribution,
  writeCarriedElsewhere,
  writeCharge,
  writeRollup,
  writeUnfinishedCalls,
  removeUnfinishedCalls,
  removeBaggageCopies,
} from '../enrich/attributes.ts'
import { markEnriched } from '../enrich/mark.ts'
import type { SpanNode } from './span-node.ts'

/** What is known of an AI span, onto it; the same when it is called again. */
export function enrichSpan(span: SpanLike, node: SpanNode): void {
  const { attributes } = span
  if (node.baggage !== undefined) removeBaggageCopies(attributes, node.baggage)
  writeAttribution(attributes, node.attribution)
  if (node.charge !== undefined) {
    writeCharge(attributes, node.charge)
  } else {
    writeRollup(attributes, node.pricedCalls > 0 ? node.rollupUsd : undefined, node.missingCalls)
    if (node.carriedByAnotherSpan) writeCarriedElsewhere(attributes)
  }
  if (node.unfinishedCalls > 0) writeUnfinishedCalls(attributes, node.unfinishedCalls)
  else removeUnfinishedCalls(attributes)
  markEnriched(span)
}

/** Whether what `onEnding` wrote is still there when the span has ended, and nothing in its place. */
export function isStamped({ attributes }: SpanLike, { charge, attribution }: SpanNode): boolean {
  // Of a group, which carries neither, both are compared with nothing.
  if (attributes['cost.usd'] !== charge?.usd || attributes['cost.status'] !== charge?.status) {
    return false
  }
  return typeof attribution.userId === 'string'
    ? attributes['user.id'] === attribution.userId
    : attributes['cost.attribution'] !== undefined && attributes['user.id'] === undefined
}
