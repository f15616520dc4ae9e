import type { ModelCall } from '../call/model-call.ts'
import type { SpanAttributes } from '../span/span.ts'
import {
  objectAt,
  readProviderMetadata,
  type ProviderMetadata,
} from '../usage/provider-metadata.ts'

/**
 * What a provider says it billed for a call, in US dollars. Asked only under that provider's
 * own id, for anyone can write metadata in another's name.
 */
type BilledReader = (metadata: ProviderMetadata) => number | undefined

/**
 * Vercel AI Gateway: a decimal string. It is 0 with a key of your own, where the provider bills
 * and not the gateway; that is no price.
 */
const readGatewayCost: BilledReader = (metadata) =>
  positiveDecimal(objectAt(metadata, 'gateway')?.['cost'])

/** OpenRouter: credits, which are US dollars; with a key of your own only its fee. */
const readOpenRouterCost: BilledReader = (metadata) => {
  const usage = objectAt(objectAt(metadata, 'openrouter'), 'usage')
  const cost = positiveDecimal(usage?.['cost'])
  const upstream = positiveDecimal(objectAt(usage, 'costDetails')?.['upstreamInferenceCost'])
  return upstream === undefined ? cost : undefined
}

/** xAI counts in ticks, ten thousand million of which are a dollar (docs.x.ai). */
const readXaiCost: BilledReader = (metadata) => {
  const ticks = objectAt(metadata, 'xai')?.['costInUsdTicks']
  return typeof ticks === 'number' ? positiveDecimal(ticks / 1e10) : undefined
}

/** Perplexity: US dollars, its fee for the request included. */
const readPerplexityCost: BilledReader = (metadata) =>
  positiveDecimal(objectAt(objectAt(metadata, 'perplexity'), 'cost')?.['totalCost'])

const readers = new Map<string, BilledReader>([
  ['gateway', readGatewayCost],
  ['openrouter', readOpenRouterCost],
  ['xai', readXaiCost],
  ['perplexity', readPerplexityCost],
])

/** What was billed for a call, if its provider is one that says so. */
export function readBilledUsd(call: ModelCall, attributes: SpanAttributes): number | undefined {
  const read = readers.get(call.family)
  return read === undefined ? undefined : read(readProviderMetadata(attributes))
}

const decimal = /^\d{1,15}(?:\.\d{1,30})?(?:[eE]-?\d{1,2})?$/

function positiveDecimal(value: unknown): number | undefined {
  const number = typeof value === 'string' && decimal.test(value) ? Number(value) : value
  return typeof number === 'number' && number > 0 && number < 1e9 ? number : undefined
}
