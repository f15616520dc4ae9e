import { mayBeSameCall, type CallIdentity } from '../conventions/model-call.ts'
import { callIdentity, spanRole } from '../conventions/read-call.ts'
import type { Charge } from '../charge/charge.ts'
import type { Agreement } from '../duplicates/compare-usage.ts'
import { compareNested, evidenceOfCharge, type Evidence } from '../duplicates/evidence.ts'
import { matchInside, MAXIMUM_INNER, type InnerCall } from '../duplicates/nested-calls.ts'
import type { SpanAttributes } from '../span/span.ts'
import { none, type SpanNode, type SettledCall } from './span-node.ts'

/** A call and what is inside it are a few spans apart, however deep agents nest. */
const FARTHEST_AROUND = 32

/**
 * The calls that a call below `node` is the inside of: an instrumented client inside an
 * instrumented framework, or the inner `embeddings` of AI SDK 7. Not those above a tool, whose
 * nested agents make calls of their own, nor those with an operation of their own
 * instrumentation in between, as when a middleware generates text, nor those that ask another
 * model.
 */
export function callsAround(node: SpanNode, call: CallIdentity): readonly SpanNode[] {
  if (!isBelowCall(node)) return none
  let around: SpanNode[] | undefined
  let begun: Set<string> | undefined
  let above: SpanNode | undefined = node
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
function isBelowCall(node: SpanNode): boolean {
  let above: SpanNode | undefined = node
  for (let distance = 0; above !== undefined && distance < FARTHEST_AROUND; distance++) {
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

/** Whether a call may be around this one that ends, or inside it: hardly ever, and quick to see. */
export function mayBeNested({ inside, around, latestOpen, wasCounted }: SpanNode): boolean {
  return inside !== undefined || around !== none || latestOpen !== undefined || wasCounted
}

/** What the spans inside a call that ends, and around it, say of it. */
export type Nesting = Agreement | 'forgotten'

/** Whether another span carries the cost of this very call: one inside it, or one around it. */
export function matchNested(node: SpanNode, evidence: Evidence): Nesting {
  const settled: SettledCall = { evidence, isMatched: false }
  node.settled = settled
  const { inside } = node
  let nesting: Nesting = inside === undefined ? 'different' : matchInside(evidence, inside)
  settled.isMatched = nesting !== 'different'
  if (nesting === 'different') nesting = matchAround(node, evidence)
  if (nesting !== 'different') {
    noteCarried(node, evidence)
  } else if (inside?.length === MAXIMUM_INNER) return 'forgotten'
  return nesting
}

/** Notes on the calls around one that another span carries its cost: it may still be theirs. */
export function noteCarried({ around }: SpanNode, evidence: Evidence): void {
  for (const outer of around) addInside(outer, { evidence, isCharged: false })
}

/** Whether a call around this one has ended first, and carries its cost. */
function matchAround({ around }: SpanNode, evidence: Evidence): Agreement {
  let isUnsure = false
  for (const outer of around) {
    const settled = settledOf(outer)
    if (settled === undefined || settled.isMatched) continue
    const agreement = compareNested(settled.evidence, evidence)
    if (agreement === 'same') {
      settled.isMatched = true
      return 'same'
    }
    if (agreement === 'unsure') isUnsure = true
  }
  return isUnsure ? 'unsure' : 'different'
}

/** What a call showed that has ended, if its cost is known. */
function settledOf(node: SpanNode): SettledCall | undefined {
  const { charge, carriedElsewhere, settled } = node
  if (carriedElsewhere) return settled
  if (charge?.usd === undefined) return undefined
  // Nothing was inside it when it ended.
  node.settled ??= { evidence: evidenceOfCharge(charge), isMatched: false }
  return node.settled
}

function addInside(outer: SpanNode, call: InnerCall): void {
  outer.inside ??= []
  if (outer.inside.length < MAXIMUM_INNER) outer.inside.push(call)
}

/** Corrects how many calls below carry no cost, on every span above. */
export function addMissing({ parent }: SpanNode, calls: number): void {
  for (let above = parent; above !== undefined; above = above.parent) above.missingCalls += calls
}

/** Adds a charge to every span above. With a cost it stands in for calls inside that have none. */
export function rollUp(node: SpanNode, charge: Charge): void {
  node.charge = charge
  const { usd } = charge
  if (node.around !== none) noteInside(node, charge)
  const standsFor = usd === undefined || node.inside === undefined ? 0 : countStandIns(node)
  for (let above = node.parent; above !== undefined; above = above.parent) {
    if (usd === undefined) {
      above.missingCalls++
    } else {
      above.pricedCalls++
      above.rollupUsd += usd
      above.missingCalls -= standsFor
    }
  }
}

function noteInside(node: SpanNode, charge: Charge): void {
  const evidence = node.settled?.evidence ?? evidenceOfCharge(charge)
  for (const outer of node.around) {
    addInside(outer, { evidence, isCharged: true })
  }
}

/** The calls inside that were charged without a cost, and may be this one. */
function countStandIns({ settled, inside = [] }: SpanNode): number {
  return inside.filter(
    ({ evidence, isCharged }) =>
      isCharged &&
      evidence.usd === undefined &&
      (settled === undefined || compareNested(settled.evidence, evidence) !== 'different'),
  ).length
}

/** By the time something starts below a span that is described late, or it ends, it has been. */
export function settleRole(node: SpanNode, attributes: SpanAttributes): void {
  const role = spanRole(attributes)
  if (role === undefined) return
  node.isLate = false
  node.role = role
  node.call = callIdentity(role, attributes)
  if (node.call !== undefined && node.parent !== undefined) {
    node.around = callsAround(node.parent, node.call)
  }
}
