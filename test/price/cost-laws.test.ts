import { noUsage, priceUsage, type Price, type Usage } from 'costspan'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { completeRates } from '../../src/price/price.ts'

const buckets = Object.keys(noUsage).filter((name) => name !== 'reasoning') as (keyof Usage)[]
const promptBuckets: readonly (keyof Usage)[] = [
  'input',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioInput',
  'imageInput',
]

// Real rates: down to a millionth of a dollar for a million tokens.
const rate = fc.nat(100_000_000).map((millionths) => millionths / 1e6)
const arbitraryRates = fc.array(rate, { minLength: 12, maxLength: 12 }).map((rates) => {
  let next = 0
  return completeRates((name) =>
    name === 'minimumSeconds' || name === 'durationSecond' ? undefined : rates[next++],
  )
})
const withoutFee = arbitraryRates.map((rates): Price => ({ ...rates, request: undefined }))
const arbitraryUsage = fc
  .array(fc.nat(2_000_000), { minLength: buckets.length, maxLength: buckets.length })
  .map((counts) => Object.fromEntries(buckets.map((name, index) => [name, counts[index] ?? 0])))
  .map((counts): Usage => ({ ...noUsage, ...counts }))

const usd = (usage: Usage, price: Price): number => priceUsage(usage, price)?.usd ?? Number.NaN
const isNear = (one: number, other: number): boolean =>
  Math.abs(one - other) <= 1e-12 * Math.max(Math.abs(one), Math.abs(other))
const only = (name: keyof Usage, count: number): Usage => ({ ...noUsage, [name]: count })
const runs = { numRuns: 5_000, seed: 20261115 }

describe('what a usage costs', () => {
  test('is linear in every bucket', () => {
    fc.assert(
      fc.property(
        withoutFee,
        fc.constantFrom(...buckets),
        fc.nat(1e6),
        fc.integer({ min: 1, max: 1000 }),
        (price, name, count, times) =>
          isNear(usd(only(name, count * times), price), usd(only(name, count), price) * times),
      ),
      runs,
    )
  })

  test('is the sum of what its buckets cost, in whatever order they are summed', () => {
    fc.assert(
      fc.property(
        withoutFee,
        arbitraryUsage,
        fc.shuffledSubarray(buckets, { minLength: buckets.length }),
        (price, usage, order) => {
          const sum = order.reduce((total, name) => total + usd(only(name, usage[name]), price), 0)
          return isNear(usd(usage, price), sum)
        },
      ),
      runs,
    )
  })

  test('is the sum of the parts that are reported', () => {
    fc.assert(
      fc.property(arbitraryRates, arbitraryUsage, (price, usage) => {
        const cost = priceUsage(usage, price)
        if (cost === undefined) return false
        const { inputUsd, outputUsd, cacheReadUsd, cacheWriteUsd, feesUsd } = cost
        return isNear(cost.usd, inputUsd + outputUsd + cacheReadUsd + cacheWriteUsd + feesUsd)
      }),
      runs,
    )
  })

  test('of text is the same to the last bit by the short way and by the long one', () => {
    fc.assert(
      fc.property(
        withoutFee,
        arbitraryUsage,
        (price, { input, output, cacheRead, cacheWrite1h }) => {
          const usage: Usage = { ...noUsage, input, output, cacheRead, cacheWrite1h }
          // A fee of nothing takes the long way.
          return usd(usage, price) === usd(usage, { ...price, request: 0 })
        },
      ),
      runs,
    )
  })

  test('grows with every bucket', () => {
    fc.assert(
      fc.property(
        arbitraryRates,
        arbitraryUsage,
        fc.constantFrom(...buckets),
        fc.nat(1e6),
        (price, usage, name, more) =>
          usd({ ...usage, [name]: usage[name] + more }, price) >= usd(usage, price) * (1 - 1e-12),
      ),
      runs,
    )
  })

  test('is charged at the rates of a long prompt as soon as there are more tokens than its edge', () => {
    fc.assert(
      fc.property(
        arbitraryRates,
        arbitraryRates,
        fc.constantFrom(...promptBuckets),
        fc.integer({ min: 1, max: 1e6 }),
        fc.nat(5000),
        (base, long, name, edge, output) => {
          const price: Price = { ...base, longContext: [{ ...long, above: edge }] }
          const at = (count: number): Usage => ({ ...only(name, count), output })
          return (
            usd(at(edge), price) === usd(at(edge), base) &&
            usd(at(edge + 1), price) === usd(at(edge + 1), long)
          )
        },
      ),
      runs,
    )
  })

  test('has a minimum of seconds only where seconds are in the usage', () => {
    const price: Price = { second: 0.01, minimumSeconds: 10 }
    expect(usd(only('seconds', 3), price)).toBeCloseTo(0.1, 12)
    expect(usd(only('seconds', 30), price)).toBeCloseTo(0.3, 12)
    expect(usd(noUsage, price)).toBe(0)
  })

  test('is by the second that it took where a machine is paid by time', () => {
    const cost = priceUsage({ ...noUsage, input: 5, output: 7 }, { durationSecond: 0.002 }, 1.5)
    expect(cost?.usd).toBeCloseTo(0.003, 15)
  })

  test('is unknown, not 0, where a negative quantity balances another', () => {
    const usage: Usage = { ...noUsage, audioOutput: 1, searches: -1 }
    expect(priceUsage(usage, { audioInput: 10, audioOutput: 2.5, search: 10 })).toBeUndefined()
    expect(priceUsage(usage, { input: 1, output: 1 })).toBeUndefined()
  })

  test.each([1e15, Number.MAX_SAFE_INTEGER])('of %d tokens is finite', (count) => {
    expect(usd(only('input', count), { input: 5 })).toBeCloseTo((count * 5) / 1e6, -3)
  })
})
