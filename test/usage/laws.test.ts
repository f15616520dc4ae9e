import { createCharger, noUsage, priceUsage, type Charge, type Usage } from 'costspan'
import { definePrices, type PriceRow } from 'costspan/prices'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  arbitraryRendering,
  arbitraryTruth,
  knownTo,
  MODEL,
  renderSpan,
  type Rendering,
  type Truth,
} from '../support/arbitrary-usage.ts'
import { runsOf } from '../support/runs.ts'

/** US dollars; float64 loses far less. */
const PRECISION = 1e-12

/** From cheap to dear, as every vendor has it; a rate that is absent is charged as its neighbour. */
const arbitraryRates = fc
  .record({
    steps: fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9), fc.nat(9)),
    absent: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    output: fc.integer({ min: 1, max: 30 }),
  })
  .map(({ steps: [read, fresh, write, hour], absent: [noRead, noWrite, noHour], output }) => ({
    input: 1 + read + fresh,
    cacheRead: noRead ? undefined : 1 + read,
    cacheWrite5m: noWrite ? undefined : 1 + read + fresh + write,
    cacheWrite1h: noHour ? undefined : 1 + read + fresh + (noWrite ? 0 : write) + hour,
    output,
  }))

type RatesOfRow = Omit<PriceRow, 'provider' | 'model'>

function chargeOf(truth: Truth, how: Rendering, rates: RatesOfRow): Charge {
  const families = ['openai', 'anthropic', 'aws', 'google']
  const rows = families.map((provider) => ({ provider, model: MODEL, ...rates }))
  const charge = createCharger({ prices: [definePrices('1', rows)] })
  return charge(renderSpan(truth, how)) as Charge
}

function toUsage(truth: Truth): Usage {
  return { ...noUsage, ...truth }
}

function forAllCalls(check: (truth: Truth, how: Rendering, rates: RatesOfRow) => void): void {
  const property = fc.property(
    arbitraryTruth,
    arbitraryRendering,
    arbitraryRates,
    (truth, how, rates) => check(knownTo(how.provider, truth), how, rates),
  )
  fc.assert(property, { numRuns: runsOf(2_000, 20_000), seed: 20261115 })
}

describe('what a provider counted, as every AI SDK major writes it', () => {
  test('a cost is what the call cost, or its status states whether it is above or below', () => {
    forAllCalls((truth, how, rates) => {
      const { usd = Number.NaN, status } = chargeOf(truth, how, rates)
      const cost = priceUsage(toUsage(truth), rates)?.usd ?? Number.NaN
      if (status === 'priced') expect(Math.abs(usd - cost)).toBeLessThan(PRECISION)
      else if (status === 'upper_bound') expect(usd).toBeGreaterThan(cost - PRECISION)
      else if (status === 'lower_bound') expect(usd).toBeLessThan(cost + PRECISION)
      else expect(status).toBe('estimated')
    })
  })

  test('no token is counted twice: the buckets hold no more than the truth', () => {
    forAllCalls((truth, how, rates) => {
      const { usage } = chargeOf(truth, how, rates)
      const sum = usage && usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h
      const prompt = truth.input + truth.cacheRead + truth.cacheWrite5m + truth.cacheWrite1h
      expect(sum).toBeLessThanOrEqual(prompt)
      expect(usage?.output).toBeLessThanOrEqual(truth.output)
      expect(usage?.reasoning).toBeLessThanOrEqual(usage?.output ?? 0)
    })
  })

  test.each(['anthropic', 'openai', 'google', 'bedrock'] as const)(
    'the usage of %s comes back exactly from AI SDK 6 and 7 with all its details',
    (provider) => {
      forAllCalls((truth, how, rates) => {
        const newest = [7, '7 gen_ai'] as const
        const version = newest.find((one) => one === how.version) ?? 6.326
        const full = {
          ...how,
          provider,
          version,
          function: 'streamText',
          hidesMetadata: false,
          detailsUsage: true,
        } as const
        const known = knownTo(provider, truth)
        expect(chargeOf(known, full, rates)).toMatchObject({
          usage: toUsage(known),
          status: 'priced',
        })
      })
    },
  )
})
