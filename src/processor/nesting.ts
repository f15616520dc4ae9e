import { mayBeSameCall, type CallIdentity } from '../call/model-call.ts'
import type { Charge } from '../charge/charge.ts'
import { none, type Node } from './node.ts'

/** A call and what is inside it are a few spans apart, however deep agents nest. */
const FARTHEST_AROUND = 32

/**
 * The calls that a call below `node` is the inside of: an instrumented client inside an
 * instrumented framework, or the inner `embeddings` of AI SDK 7. Not those above a tool, whose
 * nested agents make calls of their own, nor those with an operation of their own
 * instrumentation in between, as when a middleware generates text, nor those that ask another
 * model.
 */
export function callsAround(node: Node, call: CallIdentity): readonly Node[] {
  if (!isBelowCall(node)) return none
  let around: Node[] | undefined
  let begun: Set<string> | undefined
  let above: Node | undefined = node
  for (let distance = 0; above !== undefined && distance < FARTHEST_AROUND; distance++) {
    if (above.role === 'tool') break
    if (above.role === 'group') (begun ??= new Set()).add(above.scope)
    if (
      above.call !== undefined &&
      begun?.has(above.scope) !== true &&
      mayBeSameCall(above.call, call)
    ) {
      ;(around ??= []).push(above)
    }
    above = above.parent
  }
  return around ?? none
}

/** Whether a call is above, and no tool in between: hardly ever, and quick to see. */
function isBelowCall(node: Node): boolean {
  let above: Node | undefined = node
  for (let distance = 0; above !== undefined && distance < FARTHEST_AROUND; distance++) {
    if (above.role === 'tool') return false
    if (above.call !== undefined) return true
    above = above.parent
  }
  return false
}

/** The nearest AI span above. */
export function aiSpanAbove({ parent }: Node): Node | undefined {
  let above = parent
  while (above !== undefined && above.role === undefined) above = above.parent
  return above
}

/** Whether another span carries the cost of this very call: one inside it, or one around it. */
export function isCarriedElsewhere(node: Node, charge: Charge): boolean {
  if (node.innerPriced > 0) return true
  if (node.innerMissing > 0 && charge.usd === undefined) return true
  return node.around !== none && node.around.some((outer) => outer.charge?.usd !== undefined)
}

/** Corrects how many calls below carry no cost, on every span above. */
export function addMissing({ parent }: Node, calls: number): void {
  for (let above = parent; above !== undefined; above = above.parent) above.missingCalls += calls
}

/** Adds a charge to every span above. With a cost it stands in for calls inside that have none. */
export function rollUp(node: Node, charge: Charge): void {
  node.charge = charge
  const { usd } = charge
  for (const outer of node.around) {
    if (usd === undefined) outer.innerMissing++
    else outer.innerPriced++
  }
  for (let above = node.parent; above !== undefined; above = above.parent) {
    if (usd === undefined) {
      above.missingCalls++
    } else {
      above.pricedCalls++
      above.rollupUsd += usd
      above.missingCalls -= node.innerMissing
    }
  }
}
