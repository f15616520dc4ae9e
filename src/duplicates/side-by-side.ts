import { isAnthropicClient } from '../conventions/anthropic-client.ts'
import { spanWriters } from '../conventions/integrations.ts'
import type { Charge } from '../charge/charge.ts'
import type { SpanLike } from '../span/span.ts'
import { compareUsage, DIFFERENT, UNSURE } from './compare-usage.ts'
import type { Evidence } from './evidence.ts'
import { RecentCalls } from './recent-calls.ts'
import type { CallSpan } from './nested-calls.ts'
import { closeChat, isOfIntegration, isOfSentry, openChatOf } from './sentry.ts'

/** Calls that are remembered before a span of the second instrumentation is seen. */
const MAXIMUM_EARLY = 512

/** A call that has ended, and that no nested or enclosing span carries. */
export interface EndedCall {
  /** The span that ended. */
  readonly span: SpanLike
  /** The same span in the span tree. */
  readonly callSpan: CallSpan
  /** Its charge. */
  readonly charge: Charge
  /** By which it is recognised on another span. */
  readonly evidence: Evidence
  /** The nearest enclosing call of the AI SDK, if there is one. */
  readonly aiSdkCall: CallSpan | undefined
  /** The spans of this call in the same conventions, as `countCallSpans` returns it. */
  readonly spanCount: number
}

/**
 * How the charge of a call that ends is treated: `charged` on its span; `carried` by another span
 * of the same call; `recorded twice` where another span may show the same call.
 */
export type Decision = 'charged' | 'carried' | 'recorded twice'

/**
 * What to warn of: two spans that may show one call, two integrations, Anthropic's own client beside an instrumentation,
 * two instrumentations that show one response and are both charged.
 */
export type DuplicateWarning =
  | 'uncertainMatch'
  | 'recordedTwice'
  | 'anthropicDuplicate'
  | 'sameResponse'

/** Two instrumentations that write spans of the same calls beside each other. */
class Pair {
  /** Calls of Sentry's, or of Anthropic's own client. */
  readonly own = new RecentCalls()
  /** Calls of an integration, or of an instrumentation. */
  readonly others = new RecentCalls()
  isExpected = false
  #early: Evidence[] = []

  /** Notes that there are spans of Sentry's, or of Anthropic's own client. */
  expect(): void {
    if (this.isExpected) return
    this.isExpected = true
    for (const call of this.#early) this.others.note(call)
    this.#early = []
  }

  /** Remembers the newest of the others' calls until there are any of the first. */
  noteEarly(call: Evidence): undefined {
    if (this.#early.push(call) >= 2 * MAXIMUM_EARLY) this.#early.splice(0, MAXIMUM_EARLY)
  }
}

/**
 * Finds calls that two instrumentations write on spans beside each other: the integrations of AI
 * SDK 7 where several are registered, Sentry and an integration, Anthropic's own client and an
 * instrumentation. The first span that ends carries the cost; of Sentry and an integration, the
 * integration's where both are open.
 */
export class SideBySide {
  readonly anthropic = new Pair()
  readonly sentry = new Pair()
  readonly #copies = new RecentCalls()
  readonly #insideAiSdk = new RecentCalls()
  readonly #warn: (warning: DuplicateWarning) => void

  constructor(warn: (warning: DuplicateWarning) => void) {
    this.#warn = warn
  }

  /** Looks for another span of the call, and remembers the call if there is none yet. */
  decide(call: EndedCall): Decision {
    return this.#findCopy(call) ?? this.#findSentry(call) ?? this.#findAnthropic(call) ?? 'charged'
  }

  #findCopy({ charge, evidence, aiSdkCall, spanCount }: EndedCall): Decision | undefined {
    const { vocabulary } = charge.call
    const isClient = aiSdkCall !== undefined && vocabulary !== 'ai-sdk' && vocabulary !== 'ai-sdk-7'
    const copies = (isClient ? spanWriters().length : spanCount) - 1
    if (copies < 1) return undefined
    if (!isClient && this.#insideAiSdk.take(evidence) > DIFFERENT) {
      return this.#carried('recordedTwice')
    }
    // A client writes one span of each call, so that two of them are two calls.
    const to = isClient ? this.#insideAiSdk : this.#copies
    return this.#takeOrNote(evidence, this.#copies, to, 'recordedTwice', copies)
  }

  #findSentry(call: EndedCall): Decision | undefined {
    const { span, callSpan, evidence, aiSdkCall = callSpan } = call
    const { scope } = callSpan
    const { openChat } = aiSdkCall
    const { isExpected, own, others } = this.sentry
    if (isOfSentry(span, scope)) return this.#findIntegration(call)
    const isOfAiSdk = aiSdkCall !== callSpan || isOfIntegration(span, scope)
    if (evidence.operation !== 'chat' || !isOfAiSdk) return undefined
    closeChat(openChat)
    if (!isExpected) return this.sentry.noteEarly(evidence)
    // Sentry's span has left the cost to this one. If the usage differs, it was another call's.
    if (openChat?.awaitedBy !== undefined) {
      if (compareUsage(openChat.awaitedBy, evidence) > DIFFERENT) return undefined
      this.#warn('uncertainMatch')
    }
    return this.#takeOrNote(evidence, own, others)
  }

  /** For a span of Sentry's. The integration's span is charged if there is one: it shows cached tokens. */
  #findIntegration({ evidence, callSpan }: EndedCall): Decision | undefined {
    const { own, others } = this.sentry
    const chat = openChatOf(callSpan, evidence)
    // Of an attempt that failed Sentry has a span of its own, the integration may have none.
    if (chat && evidence.amounts === undefined) return 'carried'
    if (others.take(evidence) > DIFFERENT) return 'carried'
    if (chat === undefined) return this.#note(evidence, others, own)
    chat.awaitedBy = evidence
    return 'carried'
  }

  #findAnthropic({ callSpan, charge, evidence }: EndedCall): Decision | undefined {
    const { scope, enclosingCalls, nestedCalls = [] } = callSpan
    const { isExpected, own, others } = this.anthropic
    if (enclosingCalls.length > 0 || nestedCalls.length > 0) return undefined
    if (isAnthropicClient(scope))
      return this.#takeOrNote(evidence, others, own, 'anthropicDuplicate')
    const { vocabulary } = charge.call
    if (vocabulary !== 'openinference' && vocabulary !== 'traceloop') return undefined
    if (!isExpected) return this.anthropic.noteEarly(evidence)
    return this.#takeOrNote(evidence, own, others, 'anthropicDuplicate')
  }

  /** Matches a call to those of another instrumentation. If there is none, it is remembered. */
  #takeOrNote(
    evidence: Evidence,
    from: RecentCalls,
    to: RecentCalls,
    warning?: DuplicateWarning,
    spans?: number,
  ): Decision | undefined {
    const agreement = from.take(evidence)
    if (agreement === UNSURE && evidence.usd !== undefined) this.#warn('uncertainMatch')
    return agreement > DIFFERENT ? this.#carried(warning) : this.#note(evidence, from, to, spans)
  }

  #carried(warning: DuplicateWarning | undefined): Decision {
    if (warning !== undefined) this.#warn(warning)
    return 'carried'
  }

  #note(
    evidence: Evidence,
    from: RecentCalls,
    to: RecentCalls,
    spans?: number,
  ): Decision | undefined {
    if (from.mayHaveEvicted(evidence)) {
      this.#warn('uncertainMatch')
      return 'recorded twice'
    }
    to.note(evidence, spans)
    return undefined
  }
}
