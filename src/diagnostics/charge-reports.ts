import type { Vocabulary } from '../conventions/model-call.ts'
import type { Charge } from '../charge/charge.ts'
import type { Redactor } from '../privacy/redactor.ts'
import type { SpanLike } from '../span/span.ts'
import { isDevelopment } from './development.ts'
import { firstCallLine } from './first-call.ts'
import type { Reporter } from './reporter.ts'
import { warnSetUp } from './set-up.ts'
import { UnattributedCost } from './unattributed-cost.ts'
import { isFirstLook, UnreadSpans } from './unread-usage.ts'
import { DOUBTS } from '../usage/usage.ts'
import {
  warnDoubts,
  warnMissingOptions,
  warnUnattributed,
  warnUnpriced,
  warnUnread,
} from './messages.ts'

/**
 * What is reported of charges and of spans that are not charged. A part that fails takes no other, and no charge,
 * with it.
 */
export class ChargeReports {
  readonly #reporter: Reporter
  readonly #redactor: Redactor
  readonly #processor: object | undefined
  readonly #unattributed: UnattributedCost | undefined
  readonly #unread = new UnreadSpans()
  /** Of the latest charge: a set-up is looked at when another kind of spans comes. */
  #vocabulary: Vocabulary | undefined

  /** A processor counts what nobody pays for; an exporter sees copies of the same calls, and does not. */
  constructor(reporter: Reporter, redactor: Redactor, processor?: object) {
    this.#reporter = reporter
    this.#redactor = redactor
    this.#processor = processor
    this.#unattributed = processor !== undefined ? new UnattributedCost() : undefined
  }

  /** A call has been charged. */
  charged(charge: Charge, span: SpanLike): void {
    const { status, attribution, call } = charge
    if (call.vocabulary !== this.#vocabulary) this.#reportSetUp(charge, span)
    if (status === 'unpriced' || attribution.userId === undefined) this.#reportGaps(charge, span)
    if ((charge.unseen & DOUBTS) !== 0) {
      this.#carefully('a warning', () => warnDoubts(this.#reporter, charge))
    }
  }

  /** A span carries usage that no rule reads. Where calls around it or below it have the same, it is none. */
  unread(span: SpanLike, isCountedBeside: boolean): void {
    this.#carefully('a counter', () => {
      if (isFirstLook(span) && !isCountedBeside) this.#reportUnread(span)
    })
  }

  #reportSetUp(charge: Charge, span: SpanLike): void {
    this.#vocabulary = charge.call.vocabulary
    this.#carefully('a warning', () => {
      if (isDevelopment()) this.#reporter.warn('first call', () => firstCallLine(charge))
      warnMissingOptions(this.#reporter, charge)
    })
    const processor = this.#processor
    if (processor === undefined) return
    this.#carefully('a warning', () => warnSetUp(this.#reporter, span, processor))
  }

  #reportGaps(charge: Charge, span: SpanLike): void {
    this.#carefully('a warning', () => warnUnpriced(this.#reporter, charge))
    this.#carefully('a warning', () =>
      warnUnattributed(this.#reporter, charge, span, this.#redactor),
    )
    this.#carefully('a counter', () => this.#unattributed?.add(charge, span))
  }

  #reportUnread(span: SpanLike): void {
    this.#carefully('a warning', () => warnUnread(this.#reporter, span))
    this.#unread.add()
  }

  #carefully(step: string, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#reporter.failed(step, error)
    }
  }
}
