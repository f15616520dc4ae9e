import { isAnthropicsOwn, mayBeAnthropicsToo } from '../conventions/anthropic.ts'
import { mayBeSameCall } from '../conventions/model-call.ts'
import { recordingsOf, writersOfSpans } from '../conventions/integrations.ts'
import { isAiSdksOwn, isSentrysOwn } from './sentry-scope.ts'
import type { Charge } from '../charge/charge.ts'
import { scopeName, type SpanLike } from '../span/span.ts'
import { compareUsage } from './compare-usage.ts'
import type { Evidence } from './evidence.ts'
import { SentryGenerations, type Generation, type OpenChat } from './sentry.ts'
import { Twins } from './recent-calls.ts'

/** Calls that are remembered before another recorder is seen. */
const MAXIMUM_EARLY = 512

/** A call that has ended and is charged on no span inside or around it. */
export interface EndedCall {
  readonly span: SpanLike
  readonly charge: Charge
  readonly evidence: Evidence
  /** Whether a chat of the AI SDK is around it and may be this call. */
  readonly isInsideAiSdk: boolean
  /** Whether a call is around it, or inside it, that may be this one. */
  readonly isAroundOrInside: boolean
  /** The open chat of an integration that this call is or is inside of. */
  readonly openChat: OpenChat | undefined
  /** The generation of Sentry's that this span of Sentry's is in. */
  readonly generation: Generation | undefined
}

/**
 * What is known of a call by the spans beside it: another recorder's span carries its cost, by
 * whose recording; or too many calls were between to tell. `undefined`: it is charged here.
 */
export type Beside = 'integration' | 'sentry' | 'anthropic' | 'forgotten' | undefined

/**
 * Finds calls that two recorders write on spans beside each other: the integrations of AI SDK 7
 * where several are registered, Sentry and an integration, Anthropic's own client and an
 * instrumentation. The first span that ends carries the cost; of Sentry and an integration, the integration's where
 * both are open.
 */
export class SideBySide {
  readonly generations = new SentryGenerations()
  #isAnthropicBeside = false
  /** The newest calls from before another recorder was seen: of the AI SDK's chats, and of instrumentations. */
  readonly #earlyChats: Evidence[] = []
  readonly #earlyInstrumented: Evidence[] = []
  readonly #copies = new Twins()
  readonly #insideAiSdk = new Twins()
  readonly #ofIntegrations = new Twins()
  readonly #ofSentry = new Twins()
  readonly #ofAnthropic = new Twins()
  readonly #ofInstrumentations = new Twins()
  readonly #onUncertain: () => void

  /** `onUncertain` is called where a call with a cost was matched without evidence enough. */
  constructor(onUncertain: () => void) {
    this.#onUncertain = onUncertain
  }

  get isActive(): boolean {
    return this.#isAnthropicBeside || this.generations.isBeside
  }

  /** Anthropic's own client writes spans here, which may be inside no others of the call. */
  expectAnthropic(): void {
    if (this.#isAnthropicBeside) return
    this.#isAnthropicBeside = true
    for (const call of this.#earlyInstrumented.splice(0)) this.#ofInstrumentations.note(call)
  }

  /** Sentry writes spans here. */
  expectSentry(): void {
    this.generations.isBeside = true
    for (const call of this.#earlyChats.splice(0)) this.#ofIntegrations.note(call)
  }

  /** Looks for another span of the call, and remembers the call if there is none yet. */
  find(call: EndedCall): Beside {
    return this.#findCopy(call) ?? this.#findBesideSentry(call) ?? this.#findBesideAnthropic(call)
  }

  #findCopy({ span, charge, evidence, isInsideAiSdk }: EndedCall): Beside {
    const isOthers = isInsideAiSdk && !isOfAiSdk(charge)
    const spans = isOthers ? writersOfSpans() : recordingsOf(charge.call, span.attributes)
    if (spans < 2) return undefined
    const copies = this.#copies
    const inner = this.#insideAiSdk
    // A client writes one span of each call, so that two of them are two calls.
    if (isOthers) return this.#takeOrNote(evidence, copies, inner, 'integration', spans - 1)
    if (inner.take(evidence) !== 'different') return 'integration'
    return this.#takeOrNote(evidence, copies, copies, 'integration', spans - 1)
  }

  #findBesideSentry(call: EndedCall): Beside {
    const { span, evidence, isInsideAiSdk, openChat } = call
    if (isSentrysOwn(span)) return this.#findSentrys(call)
    if (evidence.operation !== 'chat' || !(isInsideAiSdk || isAiSdksOwn(span))) return undefined
    openChat?.close()
    if (!this.generations.isBeside) return keepEarly(this.#earlyChats, evidence)
    // Sentry's span has left the cost to this one. If the usage differs, it was another call's.
    if (openChat?.promised !== undefined) {
      if (compareUsage(openChat.promised, evidence) !== 'different') return undefined
      this.#onUncertain()
    }
    return this.#takeOrNote(evidence, this.#ofSentry, this.#ofIntegrations, 'sentry')
  }

  /** The integration's span is charged if there is one: it shows cached tokens. */
  #findSentrys({ evidence, generation }: EndedCall): Beside {
    const open = generation?.openChats.find(
      ({ call, promised }) => promised === undefined && mayBeSameCall(call, evidence),
    )
    // Of an attempt that failed Sentry has a span of its own, the integration may have none.
    if (open !== undefined && evidence.usage === undefined) return 'sentry'
    if (this.#ofIntegrations.take(evidence) !== 'different') return 'sentry'
    if (open !== undefined) {
      open.promised = evidence
      return 'sentry'
    }
    if (this.#ofIntegrations.mayHaveForgotten(evidence)) return 'forgotten'
    this.#ofSentry.note(evidence)
    return undefined
  }

  #findBesideAnthropic({ span, charge, evidence, isAroundOrInside }: EndedCall): Beside {
    if (isAroundOrInside) return undefined
    const own = this.#ofAnthropic
    const others = this.#ofInstrumentations
    if (isAnthropicsOwn(scopeName(span))) {
      return this.#takeOrNote(evidence, others, own, 'anthropic')
    }
    if (!mayBeAnthropicsToo(charge.call)) return undefined
    if (!this.#isAnthropicBeside) return keepEarly(this.#earlyInstrumented, evidence)
    return this.#takeOrNote(evidence, own, others, 'anthropic')
  }

  #takeOrNote(evidence: Evidence, from: Twins, to: Twins, by: Beside, spans = 1): Beside {
    const agreement = from.take(evidence)
    if (agreement === 'unsure' && evidence.usd !== undefined) this.#onUncertain()
    if (agreement !== 'different') return by
    if (from.mayHaveForgotten(evidence)) return 'forgotten'
    to.note(evidence, spans)
    return undefined
  }
}

function isOfAiSdk({ call: { vocabulary } }: Charge): boolean {
  return vocabulary === 'ai-sdk' || vocabulary === 'ai-sdk-7'
}

function keepEarly(calls: Evidence[], call: Evidence): undefined {
  calls.push(call)
  if (calls.length >= 2 * MAXIMUM_EARLY) calls.splice(0, MAXIMUM_EARLY)
}
