import type { SpanLike } from '../span/span.ts'
import {
  stampAttribution,
  stampCarriedElsewhere,
  stampCharge,
  stampRollup,
  stampUnfinished,
  takeOffUnfinished,
  unstampCopies,
} from '../enrich/attributes.ts'
import { markStamped } from '../enrich/mark.ts'
import type { Node } from './span-node.ts'

/** What is known of an AI span, onto it; the same when it is called again. */
export function stampNode(span: SpanLike, node: Node): void {
  const { attributes } = span
  if (node.baggage !== undefined) unstampCopies(attributes, node.baggage)
  stampAttribution(attributes, node.attribution)
  if (node.charge !== undefined) {
    stampCharge(attributes, node.charge)
  } else {
    stampRollup(attributes, node.pricedCalls > 0 ? node.rollupUsd : undefined, node.missingCalls)
    if (node.carriedElsewhere) stampCarriedElsewhere(attributes)
  }
  if (node.unfinishedCalls > 0) stampUnfinished(attributes, node.unfinishedCalls)
  else takeOffUnfinished(attributes)
  markStamped(span)
}

/** Whether what `onEnding` wrote is still there when the span has ended, and nothing in its place. */
export function isStamped({ attributes }: SpanLike, { charge, attribution }: Node): boolean {
  // Of a group, which carries neither, both are compared with nothing.
  if (attributes['cost.usd'] !== charge?.usd || attributes['cost.status'] !== charge?.status) {
    return false
  }
  return attribution.userId
    ? attributes['user.id'] === attribution.userId
    : attributes['cost.attribution'] !== undefined && attributes['user.id'] === undefined
}
