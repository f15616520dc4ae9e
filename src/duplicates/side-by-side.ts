import { isAnthropicsOwn, mayBeAnthropicsToo } from '../conventions/anthropic.ts'
import { recordingsOf, writersOfSpans } from '../conventions/integrations.ts'
import type { Charge } from '../charge/charge.ts'
import type { SpanLike } from '../span/span.ts'
import { compareUsage } from './compare-usage.ts'
import type { Evidence } from './evidence.ts'
import { RecentCalls } from './recent-calls.ts'
import type { CallSpan } from './nested-calls.ts'
import { closeChat, generationOf, isOfIntegration, isOfSentry, openChatOf } from './sentry.ts'

/** Calls that are remembered before a span of the second instrumentation is seen. */
const MAXIMUM_EARLY = 512

/** A call that has ended, and that no nested or enclosing span carries. */
export interface EndedCall {
  readonly span: SpanLike
  readonly callSpan: CallSpan
  readonly charge: Charge
  readonly evidence: Evidence
  /** The nearest enclosing call of the AI SDK, if there is one. */
  readonly aiSdkCall: CallSpan | undefined
}

/**
 * What the spans beside a call show: by whose recording another span carries its cost; or too many
 * calls were in between to know. `undefined`: it is charged here.
 */
export type Beside = 'integration' | 'sentry' | 'anthropic' | 'evicted' | undefined

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
  readonly #onUncertain: () => void

  /** `onUncertain` is called where a call with a cost was matched without evidence enough. */
  constructor(onUncertain: () => void) {
    this.#onUncertain = onUncertain
  }

  /** Looks for another span of the call, and remembers the call if there is none yet. */
  find(call: EndedCall): Beside {
    return this.#findCopy(call) ?? this.#findSentry(call) ?? this.#findAnthropic(call)
  }

  #findCopy({ span, charge, evidence, aiSdkCall }: EndedCall): Beside {
    const { vocabulary } = charge.call
    const isClient = aiSdkCall !== undefined && vocabulary !== 'ai-sdk' && vocabulary !== 'ai-sdk-7'
    const copies = (isClient ? writersOfSpans() : recordingsOf(charge.call, span.attributes)) - 1
    if (copies < 1) return undefined
    if (!isClient && this.#insideAiSdk.take(evidence) !== 'different') return 'integration'
    // A client writes one span of each call, so that two of them are two calls.
    const to = isClient ? this.#insideAiSdk : this.#copies
    return this.#takeOrNote(evidence, this.#copies, to, 'integration', copies)
  }

  #findSentry(call: EndedCall): Beside {
    const { span, callSpan, evidence, aiSdkCall = callSpan } = call
    const { scope } = callSpan
    const { openChat } = aiSdkCall
    if (isOfSentry(span, scope)) return this.#findIntegration(call)
    const isOfAiSdk = aiSdkCall !== callSpan || isOfIntegration(span, scope)
    if (evidence.operation !== 'chat' || !isOfAiSdk) return undefined
    closeChat(openChat)
    const { isExpected, own, others } = this.sentry
    if (!isExpected) return this.sentry.noteEarly(evidence)
    // Sentry's span has left the cost to this one. If the usage differs, it was another call's.
    if (openChat?.awaitedBy !== undefined) {
      if (compareUsage(openChat.awaitedBy, evidence) !== 'different') return undefined
      this.#onUncertain()
    }
    return this.#takeOrNote(evidence, own, others, 'sentry')
  }

  /** For a span of Sentry's. The integration's span is charged if there is one: it shows cached tokens. */
  #findIntegration({ evidence, callSpan }: EndedCall): Beside {
    const { own, others } = this.sentry
    const generation = generationOf(callSpan)
    const chat = generation && openChatOf(generation, evidence)
    // Of an attempt that failed Sentry has a span of its own, the integration may have none.
    if (chat !== undefined && evidence.amounts === undefined) return 'sentry'
    if (others.take(evidence) !== 'different') return 'sentry'
    if (chat !== undefined) {
      chat.awaitedBy = evidence
      return 'sentry'
    }
    if (others.mayHaveEvicted(evidence)) return 'evicted'
    own.note(evidence)
    return undefined
  }

  #findAnthropic({ callSpan, charge, evidence }: EndedCall): Beside {
    const { scope, enclosingCalls, nestedCalls = [] } = callSpan
    if (enclosingCalls.length > 0 || nestedCalls.length > 0) return undefined
    const { isExpected, own, others } = this.anthropic
    if (isAnthropicsOwn(scope)) return this.#takeOrNote(evidence, others, own, 'anthropic')
    if (!mayBeAnthropicsToo(charge.call)) return undefined
    if (!isExpected) return this.anthropic.noteEarly(evidence)
    return this.#takeOrNote(evidence, own, others, 'anthropic')
  }

  #takeOrNote(
    evidence: Evidence,
    from: RecentCalls,
    to: RecentCalls,
    by: Beside,
    spans = 1,
  ): Beside {
    const agreement = from.take(evidence)
    if (agreement === 'unsure' && evidence.usd !== undefined) this.#onUncertain()
    if (agreement !== 'different') return by
    if (from.mayHaveEvicted(evidence)) return 'evicted'
    to.note(evidence, spans)
    return undefined
  }
}
