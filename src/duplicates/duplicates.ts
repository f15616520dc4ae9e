import { isAiSdkScope } from '../conventions/ai-sdk.ts'
import { isAnthropicsOwn } from '../conventions/anthropic.ts'
import { recordingsOf } from '../conventions/integrations.ts'
import type { CallIdentity, SpanRole } from '../conventions/model-call.ts'
import type { Charge } from '../charge/charge.ts'
import type { SpanLike } from '../span/span.ts'
import { evidenceOf } from './evidence.ts'
import {
  matchNesting,
  MAXIMUM_NESTED,
  noteNested,
  type CallSpan,
  type SettledCall,
} from './nested-calls.ts'
import { closeChat, isOfIntegration, isOfSentry, SentryGenerations } from './sentry.ts'
import { SideBySide } from './side-by-side.ts'

/**
 * What becomes of the charge of a call that ends: `charged` on its span; `carried` by another span
 * of the same call; `recorded twice` where another span may show the same call.
 */
export type Decision = 'charged' | 'carried' | 'recorded twice'

/** What to warn of: two spans that may show one call, two integrations, Anthropic's own client beside an instrumentation. */
export type DuplicateWarning = 'uncertainMatch' | 'recordedTwice' | 'anthropicDuplicate'

/** A span that starts in the span tree of a processor. */
export interface StartingSpan extends CallSpan {
  readonly role: SpanRole | undefined
  readonly call: CallIdentity | undefined
}

/**
 * Decides which of several spans carries a call, for a processor and for an exporter. They differ
 * in what they know of the spans around a call: a processor has the span tree, an exporter what
 * the batches so far have shown.
 */
export class Duplicates {
  readonly #generations = new SentryGenerations()
  readonly #sideBySide = new SideBySide(() => this.#warn('uncertainMatch'))
  readonly #warn: (warning: DuplicateWarning) => void
  /** Whether Sentry or Anthropic's own client writes spans here. */
  #isExpecting = false

  constructor(warn: (warning: DuplicateWarning) => void) {
    this.#warn = warn
  }

  /** Notes an AI span that starts. For most spans it is a few comparisons. */
  start(span: SpanLike, started: StartingSpan): void {
    const { scope, call, enclosingCalls, role } = started
    if (isAnthropicsOwn(scope)) {
      if (call !== undefined && enclosingCalls.length === 0) this.expect(span, scope)
    } else if (isOfSentry(span, scope)) {
      this.expect(span, scope)
      this.#generations.startSentrys(started, role === 'group')
    } else if (this.#sideBySide.sentry.isExpected && isOfIntegration(span, scope)) {
      this.#generations.startIntegrations(started, call, role === 'group')
    }
  }

  /** Notes a span whose instrumentation may write it beside another span of the same call, and returns which that is. */
  expect(span: SpanLike, scope: string): 'anthropic' | 'sentry' | undefined {
    const by = isAnthropicsOwn(scope) ? 'anthropic' : isOfSentry(span, scope) ? 'sentry' : undefined
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
    const recordings = recordingsOf(charge.call, span.attributes)
    return recordings === 1 && !mayBeNested && !this.#isExpecting
      ? 'charged'
      : this.#compare(span, callSpan, charge, recordings)
  }

  #compare(span: SpanLike, callSpan: CallSpan, charge: Charge, recordings: number): Decision {
    const evidence = evidenceOf(span, charge)
    const settled = { evidence, mayMatch: true }
    callSpan.settled = settled
    const decision = this.#match(span, callSpan, charge, settled, recordings)
    const isCharged = decision === 'charged'
    if (decision === 'recorded twice' || (isCharged && charge.usd === undefined)) {
      // It carries no cost that a nested call could be left out for.
      settled.mayMatch = false
    }
    if (decision !== 'recorded twice') noteNested(callSpan.enclosingCalls, { evidence, isCharged })
    return decision
  }

  #match(
    span: SpanLike,
    callSpan: CallSpan,
    charge: Charge,
    settled: SettledCall,
    recordings: number,
  ): Decision {
    const { enclosingCalls, nestedCalls, openChat, mayHaveLostNested } = callSpan
    const agreement = matchNesting(callSpan, settled)
    if (agreement !== 'different') {
      if (agreement === 'unsure' && isLoss(charge, enclosingCalls.length > 0)) {
        this.#warn('uncertainMatch')
      }
      closeChat(openChat)
      return 'carried'
    }
    if (recordings === 0) {
      this.#warn('recordedTwice')
      return 'recorded twice'
    }
    const { evidence } = settled
    const aiSdkCall = enclosingCalls.find(({ scope }) => isAiSdkScope(scope))
    const beside = this.#sideBySide.find({ span, callSpan, charge, evidence, aiSdkCall })
    if (beside === 'evicted' || mayHaveLostNested || nestedCalls?.length === MAXIMUM_NESTED) {
      this.#warn('uncertainMatch')
      return 'recorded twice'
    }
    if (beside === undefined) return 'charged'
    if (beside === 'integration') this.#warn('recordedTwice')
    if (beside === 'anthropic') this.#warn('anthropicDuplicate')
    return 'carried'
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
