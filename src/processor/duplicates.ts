import { isAiSdkScope } from '../conventions/ai-sdk.ts'
import { isAnthropicsOwn } from '../conventions/anthropic.ts'
import { recordingsOf } from '../conventions/integrations.ts'
import type { Charge } from '../charge/charge.ts'
import { evidenceOf } from '../duplicates/evidence.ts'
import { generationOf, OpenChat } from '../duplicates/sentry.ts'
import { SideBySide } from '../duplicates/side-by-side.ts'
import { reportBeside, reportUnsure, type Duplicate } from '../diagnostics/duplicates.ts'
import type { Reporter } from '../warnings/reporter.ts'
import { warn } from '../diagnostics/messages.ts'
import type { SpanLike } from '../span/span.ts'
import { matchNested, mayBeNested, noteCarried } from './rollup.ts'
import type { SpanNode } from './span-node.ts'

/** Finds the calls that several spans show, for a processor. */
export class Duplicates {
  readonly #reporter: Reporter
  readonly #beside = new SideBySide(() => warn(this.#reporter, 'uncertainMatch'))

  constructor(reporter: Reporter) {
    this.#reporter = reporter
  }

  /** Notes an AI span that starts, if another recorder writes spans beside those of its call. */
  start(span: SpanLike, node: SpanNode): void {
    const { scope, call, around, role } = node
    const { generations } = this.#beside
    // Most spans: the mark of Sentry's, which takes long to look for, is on none of the AI SDK's.
    if (isAiSdkScope(scope) && !generations.isBeside) return
    if (isAnthropicsOwn(scope)) {
      if (call !== undefined && around.length === 0) this.#beside.expectAnthropic()
    } else {
      generations.start(span, node, call, role === 'group')
    }
  }

  /** What is to be done with the charge of a call that ends; nothing has to be compared for most. */
  find(span: SpanLike, node: SpanNode, charge: Charge): Duplicate {
    const recordings = recordingsOf(charge.call, span.attributes)
    return recordings === 1 && !this.#beside.isActive && !mayBeNested(node)
      ? undefined
      : this.#compare(span, node, charge, recordings)
  }

  #compare(span: SpanLike, node: SpanNode, charge: Charge, recordings: number): Duplicate {
    const evidence = evidenceOf(span, charge)
    const nesting = mayBeNested(node) ? matchNested(node, evidence) : 'different'
    if (nesting === 'unsure') reportUnsure(this.#reporter, charge, node.around.length > 0)
    if (nesting === 'unsure' || nesting === 'same') {
      if (node.sentry instanceof OpenChat) node.sentry.close()
      return 'carried'
    }
    if (recordings === 0) {
      warn(this.#reporter, 'recordedTwice')
      return 'recorded twice'
    }
    const aiSdkChat = node.around.find(({ scope }) => isAiSdkScope(scope))
    const { sentry } = aiSdkChat ?? node
    const beside = this.#beside.find({
      span,
      charge,
      evidence,
      isInsideAiSdk: aiSdkChat !== undefined,
      isAroundOrInside: node.around.length > 0 || node.inside !== undefined,
      openChat: sentry instanceof OpenChat ? sentry : undefined,
      generation: this.#beside.generations.isBeside ? generationOf(node) : undefined,
    })
    const duplicate = reportBeside(this.#reporter, nesting === 'forgotten' ? nesting : beside)
    if (duplicate === 'carried') {
      noteCarried(node, evidence)
      // A call inside that is still open may be this one.
      node.settled ??= { evidence, isMatched: false }
    }
    return duplicate
  }
}
