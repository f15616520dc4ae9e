import type { ModelCall } from '../call/model-call.ts'
import { objectAt, type ProviderMetadata } from '../usage/provider-metadata.ts'

/**
 * What a gateway says it billed for a call, in US dollars. Believed only under that gateway's
 * own provider id, for anyone can write metadata in another's name.
 */
export type BilledReader = (call: ModelCall, metadata: ProviderMetadata) => number | undefined

/**
 * Vercel AI Gateway: `gateway.cost`, a decimal string. It is 0 with a key of your own, where
 * the provider bills and not the gateway; that is no price.
 */
const readGatewayCost: BilledReader = (call, metadata) => {
  if (call.family !== 'gateway') return undefined
  return positiveDecimal(objectAt(metadata, 'gateway')?.['cost'])
}

const readers: readonly BilledReader[] = [readGatewayCost]

export function readBilledUsd(call: ModelCall, metadata: ProviderMetadata): number | undefined {
  for (const read of readers) {
    const usd = read(call, metadata)
    if (usd !== undefined) return usd
  }
  return undefined
}

const decimal = /^\d{1,15}(?:\.\d{1,30})?(?:[eE]-?\d{1,2})?$/

function positiveDecimal(value: unknown): number | undefined {
  const number = typeof value === 'string' && decimal.test(value) ? Number(value) : value
  return typeof number === 'number' && number > 0 && number < 1e9 ? number : undefined
}
