import { toPublicAttribution, type StatedAttribution } from '../attribution/attribution.ts'
import type { IncomingBaggage } from '../attribution/baggage.ts'
import { writeBackendAttributes, type Backend } from '../backends/backend.ts'
import type { Charge } from '../charge/charge.ts'
import type { SpanRole } from '../conventions/model-call.ts'
import { redactAttributes } from '../privacy/redact-attributes.ts'
import type { Redactor } from '../privacy/redactor.ts'
import { markEnriched } from '../span/enriched.ts'
import type { SpanLike } from '../span/span.ts'
import type { Reporter } from '../warnings/reporter.ts'
import {
  removeBaggageCopies,
  removeUnfinishedCalls,
  writeAttribution,
  writeCarriedElsewhere,
  writeCharge,
  writeRollup,
  writeUnfinishedCalls,
} from './attributes.ts'

/** What is written on a span. The processor's span nodes are such facts, and the exporter makes them. */
export interface SpanFacts {
  /** `undefined` for a span that is no AI span, but below one. */
  readonly role: SpanRole | undefined
  /** The attribution, after redaction. */
  readonly attribution: StatedAttribution
  /** Whether attributes of the span may have to be redacted. */
  readonly guarded: boolean
  /** The attribution of the boundary that the span started in. */
  readonly boundary: StatedAttribution | undefined
  /** The baggage of the incoming request, whose copies are removed. */
  readonly baggage: IncomingBaggage | undefined
  /** The charge of a call that carries its cost. */
  readonly charge: Charge | undefined
  /** Whether a nested or an enclosing span carries the cost. */
  readonly carriedByAnotherSpan: boolean
  /** The number of calls below with a cost. */
  readonly pricedCalls: number
  /** The sum of their costs, in US dollars. */
  readonly rollupUsd: number
  /** The number of calls below without a cost. */
  readonly missingCalls: number
  /** The number of calls below that had not ended. */
  readonly unfinishedCalls: number
}

/** What is written of a span: an exporter writes on copies of both. */
export type EnrichedSpan = Pick<SpanLike, 'attributes' | 'events'>

/** Enriches spans, for a processor and for an exporter: the order of the steps is this one. */
export class Enricher {
  readonly #redactor: Redactor
  readonly #backends: readonly Backend[]
  readonly #reporter: Reporter

  constructor(redactor: Redactor, backends: readonly Backend[], reporter: Reporter) {
    this.#redactor = redactor
    this.#backends = backends
    this.#reporter = reporter
  }

  /**
   * Writes what is known of a span, and the same when it is called again. Each step runs even if an
   * earlier one failed, so that what must be redacted never leaves.
   */
  enrich(span: EnrichedSpan, facts: SpanFacts, hook: string): void {
    const { attributes } = span
    const { role, guarded, boundary } = facts
    const redactor = this.#redactor
    const reporter = this.#reporter
    if (guarded) {
      reporter.attempt(hook, () => redactAttributes(attributes, redactor, boundary))
    }
    try {
      if (role === undefined) writeUnfinishedCalls(attributes, facts.unfinishedCalls)
      else writeFacts(span, facts)
    } catch (error) {
      reporter.failed(hook, error)
    }
    if (role === undefined) return
    if (this.#backends.length > 0) this.#writeForBackends(attributes, role, facts)
    try {
      redactor.dropContent?.(span)
    } catch (error) {
      reporter.failed(hook, error)
      // Every text was removed, also those of the backends. Asked again they find no content that they could copy.
      this.#writeForBackends(attributes, role, facts)
    }
  }

  #writeForBackends(
    attributes: SpanLike['attributes'],
    role: SpanRole,
    { charge, attribution }: SpanFacts,
  ): void {
    const shown = charge?.attribution ?? toPublicAttribution(attribution)
    const charged = { role, charge, attribution: shown, attributes }
    writeBackendAttributes(this.#backends, charged, attributes, this.#reporter)
  }
}

function writeFacts(span: EnrichedSpan, facts: SpanFacts): void {
  const { attributes } = span
  if (facts.baggage !== undefined) removeBaggageCopies(attributes, facts.baggage)
  writeAttribution(attributes, facts.attribution)
  if (facts.charge !== undefined) {
    writeCharge(attributes, facts.charge)
  } else {
    writeRollup(attributes, facts.pricedCalls > 0 ? facts.rollupUsd : undefined, facts.missingCalls)
    if (facts.carriedByAnotherSpan) writeCarriedElsewhere(attributes)
  }
  if (facts.unfinishedCalls > 0) writeUnfinishedCalls(attributes, facts.unfinishedCalls)
  else removeUnfinishedCalls(attributes)
  markEnriched(span)
}

/**
 * Whether the attributes that `onEnding` wrote are unchanged since. It compares what other
 * processors are known to change: it is no test of whether a span was enriched.
 */
export function isUnchanged(
  { attributes }: EnrichedSpan,
  { charge, attribution }: Pick<SpanFacts, 'charge' | 'attribution'>,
): boolean {
  // A group carries neither. A look-up costs as much as all else here, so its status is not looked up.
  if (attributes['cost.usd'] !== charge?.usd) return false
  if (charge !== undefined && attributes['cost.status'] !== charge.status) return false
  return typeof attribution.userId === 'string'
    ? attributes['user.id'] === attribution.userId
    : attributes['cost.attribution'] !== undefined && attributes['user.id'] === undefined
}
