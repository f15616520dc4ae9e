import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyTotals, type Totals } from '../../src/cli/aggregate.ts'
import { reportTable } from '../../src/cli/report-table.ts'

const spend: Totals = { ...emptyTotals(), usd: 1, calls: 1 }

/** The lines without the heading, and the name in each of them without that of the total. */
function table(given: readonly string[], top = 1000) {
  const spends = given.map((name): [string, Totals] => [name, spend])
  const text = reportTable('user', spends, top)
  const lines = text.trimEnd().split('\n').slice(1)
  const all = lines.map((line) => line.slice(2, line.lastIndexOf('$')).trimEnd())
  return { lines, names: all.slice(0, -1) }
}

const clerk = 'user_2abcdefghijklmnopqrstuvwxyz1'
const uuid = 'ffffffff-ffff-4fff-bfff-ffffffffffff'

describe('names in the table', () => {
  test('are printed whole, up to 48 characters', () => {
    const names = [uuid, uuid.replace(/f$/, '0'), clerk, `${clerk}2`, 'a'.repeat(48)]
    expect(table(names).names).toEqual(names)
  })

  test('that are longer are cut in the middle, so that both ends are seen', () => {
    const model = `arn:aws:bedrock:us-east-1:123456789012:inference-profile/claude-sonnet-4-5-20250929-v1:0`
    const { names: printed } = table([model, 'ada'])
    expect(printed).toEqual(['arn:aws:bedrock:us-east…sonnet-4-5-20250929-v1:0', 'ada'])
    expect(printed[0]).toHaveLength(48)
  })

  test('that are alike at both ends are cut less', () => {
    const url = (id: number): string =>
      `https://users.example.com/organisations/acme/users/${id}/profiles/of/this/application/main`
    const { names: printed } = table([url(1), url(2)])
    expect(printed[0]).toMatch(/^https:.*\/1\/.*main$/)
    expect(printed[1]).toMatch(/^https:.*\/2\/.*main$/)
  })

  test('that look the same are numbered, and are no sum', () => {
    const { names: printed } = table(['ada', 'ada ', 'a\u0000', 'a\u0001', 'total'])
    expect(printed).toEqual(['ada', 'ada  (2)', 'a?', 'a? (2)', 'total (2)'])
    expect(table(['ada', '(2 others)', 'tom', 'eve'], 2).names).toEqual([
      'ada',
      '(2 others) (2)',
      '(2 others)',
    ])
  })

  test('are not cut inside a character, and leave the columns straight', () => {
    const { lines, names: printed } = table(['👩‍👩‍👧'.repeat(60), 'ada'])
    expect(printed[0]).not.toMatch(/\p{Surrogate}/u)
    const afterName = lines.map((line) => line.slice(line.lastIndexOf('$')))
    expect(new Set(afterName.slice(0, 2)).size).toBe(1)
    expect(lines[1]?.indexOf('$')).toBe(2 + 48 + 5)
  })

  test('that are different never print the same', () => {
    const part = fc.constantFrom('a', 'A', ' ', '…', '\u0000', '\u00A0', 'total', ' (2)', '👩', '?')
    const name = fc
      .tuple(part, part, part, fc.nat(60), fc.nat(60))
      .map(([start, middle, end, before, after]) =>
        `${start.repeat(before)}${middle}${end.repeat(after)}`.slice(0, 256),
      )
    const names = fc.uniqueArray(name, { minLength: 2, maxLength: 40 })
    fc.assert(
      fc.property(names, (different) => {
        const { names: printed } = table(different)
        expect(new Set(printed.map((each) => each.trimEnd())).size).toBe(different.length)
      }),
    )
  })
})
