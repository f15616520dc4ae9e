import { describe, expect, test } from 'vitest'
import { catalogAnswer, knownAnswers } from './known-answers.ts'

const cases = knownAnswers('known-answers-2026-11.json')

/** Hosts that no family of the catalogue stands for: a call of them is `unpriced`. */
const otherHosts = new Set(['h-deepinfra', 'h-alibaba'])

describe('a known answer of 30 November 2026', () => {
  test.each(cases.filter(({ id }) => !otherHosts.has(id)).map((each) => [each.id, each] as const))(
    '%s',
    (_, each) => {
      const expected = Number(each.expectedUsd)
      const usd = catalogAnswer(each)
      expect(usd).toBeTypeOf('number')
      expect(Math.abs(Number(usd) - expected)).toBeLessThanOrEqual(1e-9 * expected)
    },
  )

  test.each(cases.filter(({ id }) => otherHosts.has(id)).map((each) => [each.id, each] as const))(
    '%s is unknown, never a guess',
    (_, each) => expect(catalogAnswer(each)).toBe('model_without_price'),
  )

  test('there are 59 of them', () => expect(cases).toHaveLength(59))
})
