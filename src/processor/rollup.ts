import type { CallIdentity } from '../conventions/model-call.ts'
import { callIdentity, spanRole } from '../conventions/read-call.ts'
import type { Charge } from '../charge/charge.ts'
import { findEnclosingCalls, MAXIMUM_DISTANCE } from '../duplicates/enclosing-calls.ts'
import { countCostless } from '../duplicates/nested-calls.ts'
import type { SpanAttributes } from '../span/span.ts'
import { none, type SpanNode } from './span-node.ts'

const parentOf = ({ parent }: SpanNode): SpanNode | undefined => parent

/** The calls that enclose a call below `parent`. For most calls this allocates nothing. */
export function enclosingCallsOf(parent: SpanNode, call: CallIdentity): readonly SpanNode[] {
  return isBelowCall(parent) ? findEnclosingCalls(call, parent, parentOf) : none
}

/** Whether a call is above, and no tool in between: rare, and quick to see. */
function isBelowCall(node: SpanNode): boolean {
  let above: SpanNode | undefined = node
  for (let distance = 0; above !== undefined && distance < MAXIMUM_DISTANCE; distance++) {
    if (above.role === 'tool') return false
    if (above.call !== undefined) return true
    above = above.parent
  }
  return false
}

/** The nearest AI span above. */
export function aiSpanAbove({ parent }: SpanNode): SpanNode | undefined {
  let above = parent
  while (above !== undefined && above.role === undefined) above = above.parent
  return above
}

/** Whether a call that ends may have enclosing or nested calls: rare, and quick to see. */
export function mayBeNested(node: SpanNode): boolean {
  const { enclosingCalls, nestedCalls, latestOpen, wasCounted } = node
  return (
    enclosingCalls.length > 0 || nestedCalls !== undefined || latestOpen !== undefined || wasCounted
  )
}

/** Corrects how many calls below carry no cost, on every span above. */
export function addMissing({ parent }: SpanNode, calls: number): void {
  for (let above = parent; above !== undefined; above = above.parent) above.missingCalls += calls
}

/** Adds a charge to every span above. With a cost it replaces nested calls that have none. */
export function rollUp(node: SpanNode, charge: Charge): void {
  node.charge = charge
  const { usd } = charge
  const replaced = usd === undefined || node.nestedCalls === undefined ? 0 : countCostless(node)
  for (let above = node.parent; above !== undefined; above = above.parent) {
    if (usd === undefined) {
      above.missingCalls++
    } else {
      above.pricedCalls++
      above.rollupUsd += usd
      above.missingCalls -= replaced
    }
  }
}

/** Reads what a span is, if its attributes came after its start: when a span starts below it, or when it ends. */
export function settleRole(node: SpanNode, attributes: SpanAttributes): void {
  const role = spanRole(attributes)
  if (role === undefined) return
  node.isLate = false
  node.role = role
  node.call = callIdentity(role, attributes)
  if (node.call !== undefined && node.parent !== undefined) {
    node.enclosingCalls = enclosingCallsOf(node.parent, node.call)
  }
}
