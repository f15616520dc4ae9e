import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalog, noUsage, priceUsage, type Usage } from 'costspan'
import { providerFamily } from '../../src/conventions/provider-family.ts'
import { findPrice } from '../../src/price/find-price.ts'

/** A known answer: what a vendor bills for a usage, each with the source of its rates. */
export interface KnownAnswer {
  id: string
  provider: string
  model: string
  timestamp: string
  serviceTier?: string
  speed?: string
  inferenceGeo?: string
  usage: { [bucket: string]: number }
  expectedUsd: string
  sourceClass: string
}

/** The cases of a file in test/price. */
export function knownAnswers(file: string): KnownAnswer[] {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8')
  return (JSON.parse(text) as { cases: KnownAnswer[] }).cases
}

/** The files count as vendors do: input includes what was cached, output what was spoken or drawn. */
function toUsage(counted: KnownAnswer['usage']): Usage {
  const of = (bucket: string): number => counted[bucket] ?? 0
  const cacheWrite5m = counted['cacheWrite5m'] ?? of('cacheWrite')
  return {
    ...noUsage,
    input: of('input') - of('cacheRead') - of('cacheWrite') - of('audioIn'),
    cacheRead: of('cacheRead'),
    cacheWrite5m,
    cacheWrite1h: of('cacheWrite1h'),
    output: of('output') - of('audioOut') - of('imageOut'),
    reasoning: of('reasoning'),
    audioInput: of('audioIn'),
    audioOutput: of('audioOut'),
    imageOutput: of('imageOut'),
    characters: of('characters'),
    seconds: of('audioSeconds'),
    searches: of('webSearches') + of('rerankSearches'),
  }
}

/** What the catalogue makes of a usage, in US dollars, or why it has no price. */
export function catalogAnswer(
  asked: Omit<KnownAnswer, 'id' | 'expectedUsd' | 'sourceClass'>,
): number | string | undefined {
  const { provider, model, timestamp, serviceTier, speed, inferenceGeo, usage } = asked
  const call = {
    vocabulary: 'ai-sdk',
    operation: 'chat',
    provider,
    family: providerFamily(provider),
    requestModel: model,
    responseModel: undefined,
  } as const
  const terms = { serviceTier: speed ?? serviceTier, region: inferenceGeo }
  const found = findPrice([catalog], call, Date.parse(timestamp), terms)
  return typeof found === 'string' ? found : priceUsage(toUsage(usage), found.price)?.usd
}
