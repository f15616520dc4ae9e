import { isAiSdkScope } from '../conventions/ai-sdk.ts'
import { isAnthropicClient } from '../conventions/anthropic-client.ts'
import { countCallSpans } from '../conventions/integrations.ts'
import type { CallIdentity, SpanRole } from '../conventions/model-call.ts'
import type { Charge } from '../charge/charge.ts'
import type { SpanLike } from '../span/span.ts'
import { DIFFERENT, UNSURE } from './compare-usage.ts'
import { evidenceOf, type Evidence } from './evidence.ts'
import {
  hasChargedSibling,
  isCarriedAbove,
  matchNesting,
  MAXIMUM_NESTED,
  noteNested,
  type CallSpan,
  type SettledCall,
} from './nested-calls.ts'
import { closeChat, isOfIntegration, isOfSentry, SentryGenerations } from './sentry.ts'
import { SideBySide, type Decision, type DuplicateWarning } from './side-by-side.ts'

/** A span that starts in the span tree of a processor. */
export interface StartingSpan extends CallSpan {
  /** `undefined` for a span that is no AI span. */
  readonly role: SpanRole | undefined
  /** The request, if this is a call span. */
  readonly call: CallIdentity | undefined
}

/**
 * Decides which of several spans carries a call, for a processor and for an exporter. They differ
 * in what they know of the spans around a call: a processor has the span tree, an exporter what
 * the batches so far have shown.
 */
export class Duplicates {
  readonly #generations = new SentryGenerations()
  readonly #sideBySide: SideBySide
  readonly #warn: (warning: DuplicateWarning) => void
  /** Whether Sentry or Anthropic's own client writes spans here. */
  #isExpecting = false

  constructor(warn: (warning: DuplicateWarning) => void) {
    this.#warn = warn
    this.#sideBySide = new SideBySide(warn)
  }

  /** Notes an AI span that starts. For most spans it is a few comparisons. */
  start(span: SpanLike, started: StartingSpan): void {
    const { scope, call, enclosingCalls, role } = started
    const isGroup = role === 'group'
    if (isAnthropicClient(scope)) {
      if (call !== undefined && enclosingCalls.length === 0) this.expect(span, scope)
    } else if (isOfSentry(span, scope)) {
      this.expect(span, scope)
      if (isGroup) this.#generations.startSentrys(started)
    } else if (this.#sideBySide.sentry.isExpected && isOfIntegration(span, scope)) {
      if (isGroup) this.#generations.startIntegrations(started)
      else if (call?.operation === 'chat') this.#generations.startChat(started, call)
    }
  }

  /** Notes a span whose instrumentation may write it beside another span of the same call, and returns which that is. */
  expect(span: SpanLike, scope: string): 'anthropic' | 'sentry' | undefined {
    const by = isAnthropicClient(scope)
      ? 'anthropic'
      : isOfSentry(span, scope)
        ? 'sentry'
        : undefined
    if (by !== undefined) {
      this.#isExpecting = true
      this.#sideBySide[by].expect()
    }
    return by
  }

  /**
   * Decides about the charge of a call that ends. For most calls nothing has to be compared:
   * `mayBeNested` is `false` where no call encloses this one, and none can be nested in it.
   */
  decide(span: SpanLike, callSpan: CallSpan, charge: Charge, mayBeNested: boolean): Decision {
    const spanCount = countCallSpans(charge.call, span.attributes)
    return spanCount === 1 && !mayBeNested && !this.#isExpecting
      ? 'charged'
      : this.#compare(span, callSpan, charge, spanCount)
  }

  #compare(span: SpanLike, callSpan: CallSpan, charge: Charge, spanCount: number): Decision {
    const { enclosingCalls } = callSpan
    const evidence = evidenceOf(span, charge)
    const settled = { evidence, mayMatch: true }
    callSpan.settled = settled
    const aiSdkCall = enclosingCalls.find(({ scope }) => isAiSdkScope(scope))
    const decision =
      this.#matchNesting(callSpan, charge, settled) ??
      this.#findUncertain(callSpan, spanCount) ??
      this.#findCarriedAbove(callSpan, evidence) ??
      this.#sideBySide.decide({ span, callSpan, charge, evidence, aiSdkCall, spanCount })
    if (decision === 'charged' && hasChargedSibling(callSpan, evidence)) this.#warn('sameResponse')
    if (decision === 'recorded twice') settled.mayMatch = false
    else {
      const isCharged = decision === 'charged'
      noteNested(enclosingCalls, { evidence, scope: callSpan.scope, isCharged })
      // It carries no cost that a nested call could be left out for.
      if (isCharged && charge.usd === undefined) settled.mayMatch = false
    }
    return decision
  }

  #matchNesting(callSpan: CallSpan, charge: Charge, settled: SettledCall): Decision | undefined {
    const agreement = matchNesting(callSpan, settled)
    if (agreement === DIFFERENT) return undefined
    if (agreement === UNSURE && isLoss(charge, callSpan.enclosingCalls.length > 0)) {
      this.#warn('uncertainMatch')
    }
    closeChat(callSpan.openChat)
    return 'carried'
  }

  /** The call above carries this one, as a span of another instrumentation has shown. */
  #findCarriedAbove(callSpan: CallSpan, evidence: Evidence): Decision | undefined {
    if (!isCarriedAbove(callSpan, evidence)) return undefined
    this.#warn('uncertainMatch')
    closeChat(callSpan.openChat)
    return 'carried'
  }

  /** A span of the integration that is not charged, or a call whose nested calls are not all known. */
  #findUncertain(
    { mayHaveLostNested, nestedCalls }: CallSpan,
    spanCount: number,
  ): Decision | undefined {
    const isLost = mayHaveLostNested || nestedCalls?.length === MAXIMUM_NESTED
    if (spanCount > 0 && !isLost) return undefined
    this.#warn(isLost ? 'uncertainMatch' : 'recordedTwice')
    return 'recorded twice'
  }
}

/**
 * Whether something may be lost if another span carries the call, on too little evidence. A nested
 * call without usage is no loss, nor is an operation of the AI SDK's around it that is no chat: it
 * has no usage.
 */
function isLoss({ usd, status, call }: Charge, isNested: boolean): boolean {
  return usd !== undefined || (!isNested && status !== 'call_failed' && call.operation === 'chat')
}
