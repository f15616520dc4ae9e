import type { Charge } from '../charge/charge.ts'
import { compareUsage, DIFFERENT, SAME, type Agreement, type Amounts } from './compare-usage.ts'
import { compareCalls, compareNested, evidenceOf, type Evidence } from './evidence.ts'
import type { GenerationSpan } from './sentry.ts'

/** A call that has ended below an enclosing call. */
export interface NestedCall {
  /** By which it is recognised on another span. */
  readonly evidence: Evidence
  /** The instrumentation that wrote its span. */
  readonly scope: string
  /** Whether a cost, or the reason for its lack, was charged on its span; if not, another span carries it. */
  readonly isCharged: boolean
}

/** A nested call that an enclosing call which ended before carries. */
interface CarriedCall {
  /** What the span that was matched shows. */
  readonly evidence: Evidence
  /** The instrumentations whose spans of it have ended: each writes one. */
  readonly scopes: string[]
}

/** What a call span showed when it ended. */
export interface SettledCall {
  /** By which it is recognised on another span. */
  readonly evidence: Evidence
  /** Whether a nested call that ends later may be this one: each of the two stands for one of the other. */
  mayMatch: boolean
  /** The nested call that this one was found to be, after it had been charged. */
  carried?: CarriedCall | undefined
}

/** A call span and the calls around it. The span tree of the processor consists of such spans, and the exporter builds them. */
export interface CallSpan extends GenerationSpan {
  /** As `findEnclosingCalls` returns them. */
  readonly enclosingCalls: readonly CallSpan[]
  /** The calls that this one encloses and that have ended. */
  nestedCalls: NestedCall[] | undefined
  /** `undefined` until the call has ended, and afterwards where nothing had to be compared. */
  settled: SettledCall | undefined
  /** `undefined` until the call has ended, and where another span carries it. */
  readonly charge: Charge | undefined
  /** Whether nested calls of this one may have been evicted. */
  readonly mayHaveLostNested?: boolean | undefined
}

/** Nested calls that are remembered for one enclosing call. */
export const MAXIMUM_NESTED = 1024

/** Instrumentations that are taken to show one call. */
const MAXIMUM_SCOPES = 8

/** Nested calls that a further one below the same call is compared with, newest first. */
export const MAXIMUM_SIBLINGS = 32

/** Up to this number of nested calls, every subset of them is compared as a sum. */
const MAXIMUM_SUBSETS_OF = 8

/** Whether another span carries the cost of this very call: one nested in it, or one that encloses it. */
export function matchNesting(span: CallSpan, settled: SettledCall): Agreement {
  const agreement = matchNested(settled.evidence, span.nestedCalls ?? [])
  if (agreement === DIFFERENT) return matchEnclosing(span, settled.evidence)
  settled.mayMatch = false
  return agreement
}

/**
 * Whether the call above carries this very call, and was already matched with the span of another
 * instrumentation beside this one. The other span and this one were open at the same time and have one
 * response id, and the usage here equals that of the call above: an id alone is no evidence, as
 * compatible servers reuse them. Each instrumentation writes one span of a call, so that two of one are two calls.
 */
export function isCarriedAbove({ scope, enclosingCalls }: CallSpan, call: Evidence): boolean {
  const settled = enclosingCalls[0]?.settled
  const carried = settled?.carried
  if (settled === undefined || carried === undefined) return false
  const { evidence, scopes } = carried
  const isSame =
    !scopes.includes(scope) &&
    scopes.length < MAXIMUM_SCOPES &&
    showOneResponse(evidence, call) &&
    compareUsage(settled.evidence, call) === SAME &&
    compareNested(settled.evidence, call) === SAME
  if (isSame) scopes.push(scope)
  return isSame
}

/** Whether a call that was charged beside this one, below the same call, shows the same response by another instrumentation. */
export function hasChargedSibling({ scope, enclosingCalls }: CallSpan, call: Evidence): boolean {
  const siblings = call.responseId === undefined ? undefined : enclosingCalls[0]?.nestedCalls
  if (siblings === undefined) return false
  const oldest = Math.max(0, siblings.length - MAXIMUM_SIBLINGS)
  for (let index = siblings.length - 1; index >= oldest; index--) {
    const { evidence, isCharged, scope: other } = siblings[index] as NestedCall
    if (isCharged && other !== scope && showOneResponse(evidence, call)) return true
  }
  return false
}

/** Whether two spans have one response id, were open at the same time, and do not contradict each other. */
function showOneResponse(one: Evidence, other: Evidence): boolean {
  return (
    one.responseId !== undefined &&
    one.responseId === other.responseId &&
    one.from < other.until &&
    other.from < one.until &&
    compareCalls(one, other) === SAME
  )
}

/** Notes an ended call on the calls that enclose it. */
export function noteNested(enclosingCalls: readonly CallSpan[], call: NestedCall): void {
  for (const enclosing of enclosingCalls) {
    enclosing.nestedCalls ??= []
    if (enclosing.nestedCalls.length < MAXIMUM_NESTED) enclosing.nestedCalls.push(call)
  }
}

/** The nested calls that were charged without a cost, and may be this one. */
export function countCostless({ settled, nestedCalls = [] }: CallSpan): number {
  return nestedCalls.filter(
    ({ evidence, isCharged }) =>
      isCharged &&
      evidence.usd === undefined &&
      (settled === undefined || compareNested(settled.evidence, evidence) > DIFFERENT),
  ).length
}

/**
 * Whether a call that ends is one of its nested calls, or several of them together, on a further
 * span. A nested call that shows something else is a call of its own, such as a guardrail in a middleware.
 */
function matchNested(enclosing: Evidence, nestedCalls: readonly NestedCall[]): Agreement {
  let found: Agreement = DIFFERENT
  for (const { evidence } of nestedCalls) {
    // A call of known cost is charged rather than a recording without a cost.
    if (enclosing.usd !== undefined && evidence.usd === undefined) continue
    found = Math.max(found, compareNested(enclosing, evidence)) as Agreement
    if (found === SAME) return found
  }
  return isSum(enclosing, nestedCalls) ? SAME : found
}

/** Whether an enclosing call ended first, and carries the cost. */
function matchEnclosing({ enclosingCalls, scope }: CallSpan, evidence: Evidence): Agreement {
  let found: Agreement = DIFFERENT
  for (const enclosing of enclosingCalls) {
    const settled = settledOf(enclosing)
    if (!settled?.mayMatch) continue
    found = Math.max(found, compareNested(settled.evidence, evidence)) as Agreement
    settled.mayMatch = found < SAME
    if (found < SAME) continue
    settled.carried = { evidence, scopes: [scope] }
    return found
  }
  return found
}

function settledOf(span: CallSpan): SettledCall | undefined {
  // No nested call had started when it ended, so that nothing was compared.
  if (span.settled === undefined && span.charge?.usd !== undefined) {
    span.settled = { evidence: evidenceOf(undefined, span.charge), mayMatch: true }
  }
  return span.settled
}

function isSum(enclosing: Evidence, nestedCalls: readonly NestedCall[]): boolean {
  const { responseId } = enclosing
  const parts = nestedCalls.flatMap(({ evidence: { amounts }, isCharged }) =>
    isCharged && amounts !== undefined ? [amounts] : [],
  )
  // A sum of calls has the id of one of them, or none: with an id of its own it is a call of its own.
  const mayBeSum =
    responseId === undefined ||
    nestedCalls.some(({ evidence: { responseId: id = responseId } }) => id === responseId)
  if (parts.length < 2 || !mayBeSum) return false
  const isEqual = (sum: Amounts): boolean =>
    compareUsage(enclosing, { amounts: sum, unseen: 0 }) === SAME
  if (parts.length > MAXIMUM_SUBSETS_OF) {
    const all = sumOf(parts)
    return isEqual(all) || parts.some((part) => isEqual(add(all, part, -1)))
  }
  for (let subset = 1; subset < 1 << parts.length; subset++) {
    const chosen = parts.filter((_, index) => subset & (1 << index))
    // A single part has been compared already.
    if (chosen.length > 1 && isEqual(sumOf(chosen))) return true
  }
  return false
}

function sumOf(parts: readonly Amounts[]): Amounts {
  return parts.reduce((sum, part) => add(sum, part))
}

function add(sum: Amounts, part: Amounts, sign = 1): Amounts {
  return sum.map((amount, index) => amount + sign * (part[index] as number)) as never
}
