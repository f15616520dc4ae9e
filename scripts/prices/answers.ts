/**
 * Costspan's own prices for check.py: reads questions from standard input, one a line as JSON,
 * and prints an answer to each, in the same order.
 */

import { createInterface } from 'node:readline'
import { providerFamily } from '../../src/conventions/provider-family.ts'
import { catalog, noUsage, priceUsage, type Usage } from '../../src/index.ts'
import { listedModel } from '../../src/price/catalog.ts'
import { findPrice } from '../../src/price/find-price.ts'

interface Question {
  provider: string
  model: string
  at: string
  usage: Partial<Usage>
  serviceTier?: string | null
  region?: string | null
}

interface Answer {
  family: string
  /** The listed model that was found, and its family. */
  found?: string
  usd?: number
  reason?: string
}

function answer({ provider, model, at, usage, serviceTier, region }: Question): Answer {
  const family = providerFamily(provider)
  const call = {
    vocabulary: 'ai-sdk',
    operation: 'chat',
    provider,
    family,
    requestModel: model,
    responseModel: undefined,
  } as const
  const terms = { serviceTier: serviceTier ?? undefined, region: region ?? undefined }
  const price = findPrice([catalog], call, Date.parse(at), terms)
  const listed = listedModel(family, model)
  const found = listed === undefined ? {} : { found: `${listed.family} ${listed.model}` }
  if (typeof price === 'string') return { family, ...found, reason: price }
  const usd = priceUsage({ ...noUsage, ...usage }, price.price)?.usd
  return usd === undefined
    ? { family, ...found, reason: 'rate_missing' }
    : { family, ...found, usd }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line) as Question))}\n`)
}
