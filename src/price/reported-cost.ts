import type { ModelCall } from '../conventions/model-call.ts'
import type { ProviderFamily } from '../conventions/provider-family.ts'
import { asObject, objectAt, type JsonObject } from '../span/json.ts'
import type { SpanAttributes } from '../span/span.ts'
import { isRecorded } from '../usage/read-recorded-usage.ts'
import { readProviderMetadata, type ProviderMetadata } from '../usage/provider-metadata.ts'

/** The reported cost of a call: what a gateway or provider states that it billed, in US dollars. */
export interface Billed {
  /** What it billed; with a key of your own that is its fee alone, and may be 0. */
  readonly usd: number
  /** Whether the call ran on a key of your own, so that the model's provider bills you besides. */
  readonly ownKey: boolean
  /** With a key of your own: what the model's provider charges as the gateway reports it, if it does. */
  readonly upstreamUsd: number | undefined
}

/**
 * Reads the metadata of one provider. It is used only for calls to that provider, because other code can write
 * metadata under any name. A bill of exactly 0 is no bill, unless a key of your own explains it.
 */
type BilledReader = (own: JsonObject) => Billed | undefined

/**
 * Vercel AI Gateway: decimal strings. `cost` is for inference, `gatewayCost` all that was debited,
 * surcharges included. With a key of your own `cost` is 0 and `marketCost` the list price; a
 * `cost` means that the gateway's own key was used, for example after yours had failed.
 */
const readGatewayBill: BilledReader = (gateway) => {
  const cost = dollars(gateway['cost'])
  const debited = dollars(gateway['gatewayCost'])
  const surcharge = dollars(gateway['surchargeCost']) ?? 0
  if (isSome(cost)) return bill(isSome(debited) ? debited : cost + surcharge)
  const market = dollars(gateway['marketCost'])
  const key = answeringKey(objectAt(gateway, 'routing'))
  const isOwn = key === undefined ? cost === 0 && isSome(market) : key === 'byok'
  return isOwn ? ownKeyBill(debited ?? surcharge, market) : undefined
}

/** The kind of key that was used, `byok` or `system`: of the attempt that succeeded, else of the last. */
function answeringKey(routing: JsonObject | undefined): unknown {
  const attempts = [
    ...objectsIn(routing?.['attempts']),
    ...objectsIn(routing?.['modelAttempts']).flatMap((one) => objectsIn(one['providerAttempts'])),
  ]
  const answered = attempts.findLast(({ success }) => success === true) ?? attempts.at(-1)
  return answered?.['credentialType']
}

function objectsIn(list: unknown): JsonObject[] {
  if (!Array.isArray(list)) return []
  return list.map(asObject).filter((one) => one !== undefined)
}

/** OpenRouter: credits, which are US dollars. */
const readOpenRouterBill: BilledReader = (own) => {
  const usage = objectAt(own, 'usage')
  const upstream = objectAt(usage, 'costDetails')?.['upstreamInferenceCost']
  return statedBill(usage?.['cost'], upstream, usage?.['isByok'])
}

/**
 * OpenRouter's numbers, by whatever names they came. The upstream cost is part of `cost`, and comes on
 * top of it only with a key of your own, where `cost` is a fee of 5 % or nothing. The AI SDK provider
 * drops `is_byok` (OpenRouterTeam/ai-sdk-provider#532), so the numbers decide: OpenRouter
 * never bills less than half of what it pays itself.
 */
export function statedBill(
  stated: unknown,
  statedUpstream: unknown,
  isByok: unknown,
): Billed | undefined {
  const cost = dollars(stated)
  const upstream = dollars(statedUpstream)
  const ownKey =
    typeof isByok === 'boolean'
      ? isByok
      : cost !== undefined && upstream !== undefined && cost < upstream / 2
  return ownKey ? ownKeyBill(cost ?? 0, upstream) : bill(cost)
}

/** xAI counts in ticks, ten thousand million of which are a dollar (docs.x.ai). */
const readXaiBill: BilledReader = (own) => xaiBill(own['costInUsdTicks'])

export function xaiBill(ticks: unknown): Billed | undefined {
  return typeof ticks === 'number' ? bill(dollars(ticks / 1e10)) : undefined
}

/** Perplexity: US dollars, its fee for the request included. */
const readPerplexityBill: BilledReader = (own) =>
  bill(dollars(objectAt(own, 'cost')?.['totalCost']))

/** By the family that bills, which is also the name of its part of the metadata. */
const billedReaders = new Map<ProviderFamily, BilledReader>([
  ['gateway', readGatewayBill],
  ['openrouter', readOpenRouterBill],
  ['xai', readXaiBill],
  ['perplexity', readPerplexityBill],
])

/** The reported cost of a call, if its provider reports one. */
export function readReportedCost(
  call: ModelCall,
  attributes: SpanAttributes,
  metadata: ProviderMetadata | undefined,
): Billed | undefined {
  // The billed amount is written besides, for any provider.
  if (isRecorded(call, attributes)) {
    return statedBill(
      attributes['cost.billed_usd'],
      attributes['cost.billed_upstream_usd'],
      attributes['cost.billed_own_key'] === true,
    )
  }
  const read = billedReaders.get(call.family)
  if (read === undefined) return undefined
  const own = objectAt(metadata ?? readProviderMetadata(attributes), call.family)
  return own && read(own)
}

export function bill(usd: number | undefined): Billed | undefined {
  return isSome(usd) ? { usd, ownKey: false, upstreamUsd: undefined } : undefined
}

function ownKeyBill(usd: number, upstreamUsd: number | undefined): Billed {
  return { usd, ownKey: true, upstreamUsd: isSome(upstreamUsd) ? upstreamUsd : undefined }
}

function isSome(usd: number | undefined): usd is number {
  return usd !== undefined && usd > 0
}

const decimal = /^\d{1,15}(?:\.\d{1,30})?(?:[eE]-?\d{1,2})?$/

/** An amount, as a number or a decimal string. Malformed, negative and implausibly large values are none. */
export function dollars(value: unknown): number | undefined {
  const number = typeof value === 'string' && decimal.test(value) ? Number(value) : value
  return typeof number === 'number' && number >= 0 && number < 1e9 ? number : undefined
}
