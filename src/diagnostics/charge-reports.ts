import type { Vocabulary } from '../conventions/model-call.ts'
import type { Charge } from '../charge/charge.ts'
import type { Redactor } from '../privacy/redactor.ts'
import type { SpanLike } from '../span/span.ts'
import * as Unseen from '../usage/unseen.ts'
import type { Reporter } from '../warnings/reporter.ts'
import { reportFirstCall } from './first-call.ts'
import { LateCounter } from './late-counter.ts'
import { warnDoubts, warnUnattributed, warnUnpriced, warnUnread } from './messages.ts'
import { warnSetUp } from './self-check.ts'

const redacted = { 'cost.attribution': 'redacted' }
const none = { 'cost.attribution': 'none' }

/** Spans that a counter has: a further processor or exporter that sees the same span does not count it again. */
const counted = new WeakSet<object>()

function isNew(span: object): boolean {
  if (counted.has(span)) return false
  counted.add(span)
  return true
}

/**
 * Reports gaps: charges without a price or a user, and spans with usage that are not charged. A report that fails
 * affects no other, and no charge.
 */
export class ChargeReports {
  readonly #reporter: Reporter
  readonly #redactor: Redactor
  readonly #processor: object | undefined
  /** In US dollars. An application may register its meter provider after the processor, or another one. */
  readonly #unattributedCost = new LateCounter({
    name: 'costspan.unattributed_cost',
    unit: '{USD}',
    description: 'Cost of AI calls without a user',
  })
  readonly #unreadSpans = new LateCounter({
    name: 'costspan.unread_spans',
    unit: '{span}',
    description: 'Spans with usage of AI models that no rule reads, so that their cost is unknown',
  })
  /** Of the latest charge. */
  #vocabulary: Vocabulary | undefined
  /** The set-up is checked once for each kind of spans. */
  readonly #checked = new Set<Vocabulary>()

  /** A processor counts unattributed cost; an exporter sees copies of the same calls, and does not. */
  constructor(reporter: Reporter, redactor: Redactor, processor?: object) {
    this.#reporter = reporter
    this.#redactor = redactor
    this.#processor = processor
  }

  /** Whether a call has been charged. */
  get hasCharged(): boolean {
    return this.#vocabulary !== undefined
  }

  /** Reports what is missing on a charge. */
  charged(charge: Charge, span: SpanLike): void {
    const { status, attribution, call } = charge
    if (call.vocabulary !== this.#vocabulary) this.#reportSetUp(charge, span)
    if (status === 'unpriced') warnUnpriced(this.#reporter, charge)
    if (attribution.userId === undefined) this.#reportUnattributed(charge, span)
    if ((charge.unseen & Unseen.DOUBTS) !== 0) warnDoubts(this.#reporter, charge)
  }

  /** Reports a span with usage that no rule reads, unless an enclosing or nested call has the same usage. */
  unread(span: SpanLike, isCountedBeside: boolean): void {
    this.#reporter.attempt('a counter', () => {
      if (!isNew(span) || isCountedBeside) return
      warnUnread(this.#reporter, span)
      this.#unreadSpans.add(1)
    })
  }

  #reportSetUp(charge: Charge, span: SpanLike): void {
    const { vocabulary } = charge.call
    this.#vocabulary = vocabulary
    if (this.#checked.has(vocabulary)) return
    this.#checked.add(vocabulary)
    const reporter = this.#reporter
    reporter.attempt('a warning', () => {
      reportFirstCall(reporter, charge)
      warnSetUp(reporter, charge, span, this.#processor)
    })
  }

  #reportUnattributed(charge: Charge, span: SpanLike): void {
    warnUnattributed(this.#reporter, charge, span, this.#redactor)
    const { usd, attribution } = charge
    if (this.#processor === undefined || usd === undefined || !isNew(span)) return
    this.#reporter.attempt('a counter', () =>
      this.#unattributedCost.add(usd, attribution.redacted === true ? redacted : none),
    )
  }
}
