import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalog, noUsage, priceUsage, type Usage } from 'costspan'
import { describe, expect, test } from 'vitest'
import { providerFamily } from '../../src/call/provider-family.ts'
import { priceOf } from '../../src/price/price-of.ts'

/** Known answers: what a vendor bills for a usage, each with the source of its rates. */
interface ReferenceCase {
  id: string
  provider: string
  model: string
  timestamp: string
  serviceTier?: string
  inferenceGeo?: string
  usage: { [bucket: string]: number }
  expectedUsd: string
  sourceClass: 'official' | 'mixed' | 'secondary'
}

const file = join(import.meta.dirname, 'reference-cases.json')
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: ReferenceCase[] }

/** The file counts as vendors do: input includes what was cached, output what was spoken or drawn. */
function toUsage(counted: ReferenceCase['usage']): Usage {
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

function answer({ provider, model, timestamp, serviceTier, inferenceGeo, usage }: ReferenceCase) {
  const call = {
    vocabulary: 'ai-sdk',
    operation: 'chat',
    provider,
    family: providerFamily(provider),
    requestModel: model,
    responseModel: undefined,
  } as const
  const terms = { serviceTier, region: inferenceGeo }
  const found = priceOf([catalog], call, Date.parse(timestamp), terms)
  return typeof found === 'string' ? found : priceUsage(toUsage(usage), found.price)?.usd
}

describe.each(['official', 'mixed', 'secondary'] as const)('a known answer, %s', (sourceClass) => {
  test.each(
    cases.filter((each) => each.sourceClass === sourceClass).map((each) => [each.id, each]),
  )('%s', (_, each) => {
    const expected = Number(each.expectedUsd)
    const usd = answer(each)
    expect(usd).toBeTypeOf('number')
    expect(Math.abs(Number(usd) - expected)).toBeLessThanOrEqual(1e-9 * expected)
  })
})

test('there are 45 of them', () => expect(cases).toHaveLength(45))
