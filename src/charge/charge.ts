import {
  REDACTED,
  toPublicAttribution,
  type Attribution,
  type Redacted,
} from '../attribution/attribution.ts'
import { readAttribution } from '../attribution/stated-attribution.ts'
import type { ModelCall } from '../conventions/model-call.ts'
import { brokeOff, failureOf } from '../conventions/outcome.ts'
import { readCall } from '../conventions/read-call.ts'
import { rejectUnknown } from '../invalid-option.ts'
import { readReportedCost } from '../price/reported-cost.ts'
import { catalog } from '../price/catalog.ts'
import type { PriceSource } from '../price/price.ts'
import { durationSeconds, startMilliseconds, type SpanLike } from '../span/span.ts'
import { readUnseen, readUsage } from '../usage/read-usage.ts'
import { doubtsOf } from '../usage/doubts.ts'
import * as Unseen from '../usage/unseen.ts'
import type { Terms, UsageReading } from '../usage/usage.ts'
import {
  agentOf,
  functionIdOf,
  routeOf,
  ServiceReader,
  type CallOrigin,
  type InheritedOrigin,
} from './origin.ts'
import { validatePrices, versionOf } from './prices-option.ts'
import {
  computeOutcome,
  RECORDED_TWICE,
  unpriced,
  type ChargeFacts,
  type Outcome,
} from './compute-outcome.ts'

/**
 * One provider call: what it was, what it used, what it cost, and its attribution. Plain data: it can be
 * stored as JSON, which drops fields that are `undefined`, and priced again by `repriceCharge`.
 */
export interface Charge extends ChargeFacts, Outcome, CallOrigin {
  /** The id of the call's trace, 32 hexadecimal digits. */
  readonly traceId: string
  /** The id of the call's span, 16 hexadecimal digits. Two charges with the same trace and span id are of one call. */
  readonly spanId: string
  /** The versions of all price sources. */
  readonly priceVersion: string
  /** The public attribution: after redaction. */
  readonly attribution: Attribution
}

/**
 * Charges a span: pure, so the same span and the same prices always give the same charge.
 * Returns `undefined` for a span that is not a provider call, and for one whose `cost.reason` is
 * `carried_by_another_span`. Without an `attribution`, the charge has the one on the span.
 */
export type Charger = (span: SpanLike, attribution?: Attribution) => Charge | undefined

/** The options of `createCharger`. */
export interface ChargerOptions {
  /**
   * Where prices come from; the first source that knows a model decides.
   * @defaultValue `[catalog]`
   */
  readonly prices?: readonly PriceSource[] | undefined
}

const standardTerms: Terms = { serviceTier: undefined, region: undefined }

/**
 * Creates the pure function that charges a span, for tests and batch jobs over exported spans. `CostSpanProcessor` and
 * `CostSpanExporter` use it too. It sees one span at a time: where neither of them has enriched the spans, a nested
 * duplicate of a call is charged as well as the enclosing call.
 *
 * @throws TypeError if `prices` is not an array of price sources.
 *
 * @example
 * ```ts
 * import { createCharger, type SpanLike } from 'costspan'
 *
 * const charge = createCharger()
 *
 * export function totalUsd(spans: readonly SpanLike[]) {
 *   return spans.reduce((sum, span) => sum + (charge(span)?.usd ?? 0), 0)
 * }
 * ```
 */
export function createCharger(options: ChargerOptions = {}): Charger {
  const charge = createSpanCharger(options)
  return (span, attribution) => {
    const { attributes } = span
    const { 'cost.reason': reason, 'cost.status': status } = attributes
    if (reason === CARRIED_BY_ANOTHER_SPAN && status === undefined) return undefined
    const charged = charge(span, attribution, 0)
    const isDuplicate = charged !== undefined && reason === RECORDED_TWICE
    return isDuplicate ? withoutDuplicate(charged) : charged
  }
}

/**
 * Charges a span that has not been enriched: cost attributes on it are foreign and decide nothing.
 * `doubts` are bits of {@link Unseen} for what the caller knows against the attributes. `inherited` has names from spans
 * above, for a call whose own span has none.
 */
export type SpanCharger = (
  span: SpanLike,
  attribution: Attribution | undefined,
  doubts: number,
  inherited?: InheritedOrigin,
) => Charge | undefined

/** Replaces or redacts a name that identifies a user; the attribution is that of the charge. */
type RedactName = (name: string, attribution: Attribution) => string | Redacted

/** As `createCharger`, for spans that have not been enriched. Names of functions, agents and routes pass `redactName`. */
export function createSpanCharger(options: ChargerOptions, redactName?: RedactName): SpanCharger {
  rejectUnknown(options, 'options', ['prices'])
  const { prices = [catalog] } = options
  validatePrices(prices)
  const priceVersion = versionOf(prices)

  const services = new ServiceReader()
  const publicName = (name: string | undefined, attributed: Attribution): string | undefined => {
    if (name === undefined || redactName === undefined) return name
    const redacted = redactName(name, attributed)
    return redacted === REDACTED ? undefined : redacted
  }

  return function charge(span, attribution, doubts, inherited) {
    const call = readCall(span)
    if (call === undefined) return undefined
    const { attributes } = span
    const attributed = attribution ?? toPublicAttribution(readAttribution(attributes))
    const draft = draftOf(span, call, priceVersion, attributed, doubts | doubtsOf(span))
    const functionId = functionIdOf(call, attributes) ?? inherited?.functionId
    draft.functionId = publicName(functionId, attributed)
    draft.agent = publicName(agentOf(call, attributes) ?? inherited?.agent, attributed)
    draft.route = publicName(routeOf(call, attributes) ?? inherited?.route, attributed)
    const { service, release } = services.of(span)
    draft.service = service
    draft.release = release
    const failure = draft.usage === undefined ? failureOf(span, call) : undefined
    return computeOutcome(draft, draft, prices, failure)
  }
}

type Draft = { -readonly [Name in keyof Charge]: Charge[Name] }

/** A charge whose outcome and origin are filled in later: one object costs less than three. */
function draftOf(
  span: SpanLike,
  call: ModelCall,
  priceVersion: string,
  attribution: Attribution,
  doubts: number,
): Draft {
  const { attributes } = span
  const { traceId, spanId } = span.spanContext()
  const reading = readUsage(call, attributes)
  const unseen = reading === undefined ? doubts : readUnseen(call, attributes, reading) | doubts
  return {
    traceId,
    spanId,
    at: startMilliseconds(span),
    durationSeconds: durationSeconds(span),
    call,
    usage: reading?.usage,
    bounds: reading?.bounds,
    unseen: isCutShort(span, reading) ? unseen | Unseen.brokenOff : unseen,
    terms: termsOf(reading),
    billed: readReportedCost(call, attributes, reading?.metadata),
    usd: undefined,
    lowUsd: undefined,
    highUsd: undefined,
    listed: undefined,
    source: undefined,
    status: 'unpriced',
    reason: undefined,
    priceVersion,
    attribution,
    functionId: undefined,
    agent: undefined,
    route: undefined,
    service: undefined,
    release: undefined,
  }
}

/** Whether the span ended in an error after it had written a usage, which may be an interim one. An answer states itself how far it got. */
function isCutShort(span: SpanLike, reading: UsageReading | undefined): boolean {
  return (
    reading !== undefined && span.attributes['cost.usage.from_answer'] !== true && brokeOff(span)
  )
}

function termsOf(reading: Terms | undefined): Terms {
  if (reading === undefined) return standardTerms
  const { serviceTier, region } = reading
  return serviceTier === undefined && region === undefined ? standardTerms : { serviceTier, region }
}

/** The reason on a call span whose cost another span of the same call carries. */
export const CARRIED_BY_ANOTHER_SPAN = 'carried_by_another_span'

/** The charge for a duplicate: the span that does not carry the cost of a call recorded twice. */
export function withoutDuplicate(charge: Charge): Charge {
  return unpriced({ ...charge }, RECORDED_TWICE)
}
