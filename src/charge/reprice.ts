import type { ModelCall } from '../conventions/model-call.ts'
import { providerFamily } from '../conventions/provider-family.ts'
import { invalidOption, isRecord, rejectUnknown } from '../invalid-option.ts'
import { catalog } from '../price/catalog.ts'
import type { PriceSource } from '../price/price.ts'
import type { Charge } from './charge.ts'
import type { CallOrigin } from './origin.ts'
import { validatePrices, versionOf } from './prices-option.ts'
import {
  computeOutcome,
  NEVER_ENDED,
  RECORDED_TWICE,
  unpriced,
  withoutEnd,
  type ChargeFacts,
  type Outcome,
} from './compute-outcome.ts'

/** A model, named as on a span. */
export interface RepriceModel {
  /** Such as `anthropic` or `openai.responses`. */
  readonly provider: string
  /** Exactly as the provider writes it. */
  readonly model: string
}

/** The options of `repriceCharge`. */
export interface RepriceOptions {
  /**
   * The prices to apply; the first source that knows a model decides.
   * @defaultValue `[catalog]`
   */
  readonly prices?: readonly PriceSource[] | undefined
  /** Computes what the same tokens would have cost on another model. */
  readonly model?: RepriceModel | undefined
}

/** A charge at other prices, and the difference. */
export interface Repriced {
  /** The charge at the other prices. */
  readonly charge: Charge
  /** The new cost less the old one, in US dollars; `undefined` if either is unknown. */
  readonly differenceUsd: number | undefined
}

/**
 * Prices a stored charge again, such as one of last month by corrected prices. Takes what
 * `onCharge` gave, also after a round trip through JSON. The same prices give the same charge.
 *
 * What was billed does not change with a price list, so a billed charge keeps its `usd`, and only
 * its `listed` is new. With `model` no bill counts, and the cost is `estimated`: the tokens are those
 * that the model that answered had counted, another would count some per cent more or less. Service tier and region
 * go with a model of the same provider; with another it is standard terms.
 *
 * @throws TypeError if the charge is none, or an option is malformed, naming the option.
 *
 * @example
 * ```ts
 * import { readLedger } from 'costspan/ledger'
 * import { repriceCharge } from 'costspan/prices'
 *
 * const model = { provider: 'anthropic', model: 'claude-haiku-4-5' }
 * for await (const charge of readLedger('ledger.ndjson')) {
 *   const { differenceUsd } = repriceCharge(charge, { model })
 *   console.log(charge.call.requestModel, differenceUsd)
 * }
 * ```
 */
export function repriceCharge(charge: Charge, options: RepriceOptions = {}): Repriced {
  validateCharge(charge)
  validateOptions(options)
  const { prices = [catalog], model } = options
  validatePrices(prices)
  const stored = factsOf(charge)
  const facts = model === undefined ? stored : onModel(stored, model)
  const settled = settleAgain(charge, facts, prices)
  const outcome = isOther(stored.call, facts.call) ? asEstimate(settled) : settled
  const { traceId, spanId, attribution } = charge
  const differenceUsd =
    outcome.usd === undefined || typeof charge.usd !== 'number'
      ? undefined
      : outcome.usd - charge.usd
  const priceVersion = versionOf(prices)
  return {
    charge: {
      traceId,
      spanId,
      ...facts,
      ...outcome,
      priceVersion,
      attribution,
      ...originOf(charge),
    },
    differenceUsd,
  }
}

function originOf(charge: Charge): CallOrigin {
  return {
    functionId: charge.functionId ?? undefined,
    agent: charge.agent ?? undefined,
    route: charge.route ?? undefined,
    service: charge.service ?? undefined,
    release: charge.release ?? undefined,
  }
}

const noOutcome: Outcome = {
  usd: undefined,
  listed: undefined,
  source: undefined,
  status: 'unpriced',
  reason: undefined,
}

/** Duplicates and calls without an end are known from the reason alone, not from the facts of a charge. */
function settleAgain(
  { status, reason }: Charge,
  facts: ChargeFacts,
  prices: readonly PriceSource[],
): Outcome {
  if (reason === RECORDED_TWICE) return unpriced({ ...noOutcome }, RECORDED_TWICE)
  const failure = status === 'call_failed' ? (reason ?? 'http_error') : undefined
  const outcome = computeOutcome({ ...noOutcome }, facts, prices, failure)
  return reason === NEVER_ENDED ? withoutEnd(outcome) : outcome
}

function isOther(call: ModelCall, { family, requestModel, responseModel }: ModelCall): boolean {
  // If the answer names no model, it is the requested one.
  const model = responseModel ?? requestModel
  return family !== call.family || (model !== call.responseModel && model !== call.requestModel)
}

/** Another model would have counted the same text as a different number of tokens. */
function asEstimate(outcome: Outcome): Outcome {
  if (outcome.usd === undefined) return outcome
  const { reason } = outcome
  const other = 'counted_by_another_model'
  return {
    ...outcome,
    status: 'estimated',
    reason: reason === undefined ? other : `${reason},${other}`,
  }
}

/** The facts of a charge. Fields that JSON dropped, or that a database keeps as null, become `undefined` again. */
function factsOf(charge: Charge): ChargeFacts {
  const { at, call, terms, billed } = charge
  return {
    at,
    durationSeconds: charge.durationSeconds ?? undefined,
    call: {
      ...call,
      requestModel: call.requestModel ?? undefined,
      responseModel: call.responseModel ?? undefined,
    },
    usage: charge.usage ?? undefined,
    unseen: charge.unseen,
    terms: {
      serviceTier: terms.serviceTier ?? undefined,
      region: terms.region ?? undefined,
    },
    billed: billed ? { ...billed, upstreamUsd: billed.upstreamUsd ?? undefined } : undefined,
  }
}

function onModel(facts: ChargeFacts, { provider, model }: RepriceModel): ChargeFacts {
  const family = providerFamily(provider)
  const terms =
    family === facts.call.family ? facts.terms : { serviceTier: undefined, region: undefined }
  const call = { ...facts.call, provider, family, requestModel: model, responseModel: undefined }
  return { ...facts, call, terms, billed: undefined }
}

function validateCharge(charge: unknown): void {
  const fields: Partial<Charge> = isRecord(charge) ? charge : {}
  const { call, terms, attribution, unseen } = fields
  const objects: unknown[] = [call, terms, attribution]
  const isCharge =
    objects.every((part) => typeof part === 'object' && part !== null) && Number.isInteger(unseen)
  if (!isCharge) throw invalidOption('charge', 'a charge, as `onCharge` gives it')
}

function validateOptions(options: unknown): void {
  rejectUnknown(options, 'options', ['prices', 'model'])
  const { model } = options as RepriceOptions
  if (model === undefined) return
  rejectUnknown(model, 'model', ['provider', 'model'])
  for (const name of ['provider', 'model'] as const) {
    if (typeof model[name] !== 'string' || model[name] === '')
      throw invalidOption(`model.${name}`, 'a string with something in it', model[name])
  }
}
