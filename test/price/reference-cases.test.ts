import { describe, expect, test } from 'vitest'
import { catalogAnswer, knownAnswers } from './known-answers.ts'

const cases = knownAnswers('reference-cases.json')

describe.each(['official', 'mixed', 'secondary'])('a known answer, %s', (sourceClass) => {
  test.each(
    cases
      .filter((each) => each.sourceClass === sourceClass)
      .map((each) => [each.id, each] as const),
  )('%s', (_, each) => {
    const expected = Number(each.expectedUsd)
    const usd = catalogAnswer(each)
    expect(usd).toBeTypeOf('number')
    expect(Math.abs(Number(usd) - expected)).toBeLessThanOrEqual(1e-9 * expected)
  })
})

test('there are 45 of them', () => expect(cases).toHaveLength(45))
