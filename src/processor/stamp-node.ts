import type { SpanLike } from '../span/span.ts'
import {
  stampAttribution,
  stampCarriedElsewhere,
  stampCharge,
  stampRollup,
  unstampCopies,
} from '../stamp/stamp.ts'
import type { Node } from './node.ts'

/** What is known of an AI span, onto it; the same when it is called again. */
export function stampNode({ attributes }: SpanLike, node: Node): void {
  if (node.baggage !== undefined) unstampCopies(attributes, node.baggage)
  stampAttribution(attributes, node.attribution)
  if (node.charge !== undefined) {
    stampCharge(attributes, node.charge)
    return
  }
  if (node.carriedElsewhere) stampCarriedElsewhere(attributes)
  stampRollup(attributes, node.pricedCalls > 0 ? node.rollupUsd : undefined, node.missingCalls)
}

/** Whether what `onEnding` wrote is still there when the span has ended. */
export function isStamped({ attributes }: SpanLike, { charge, attribution }: Node): boolean {
  if (charge !== undefined) return attributes['cost.status'] !== undefined
  return !attribution.userId
    ? attributes['cost.attribution'] !== undefined
    : attributes['user.id'] !== undefined
}
