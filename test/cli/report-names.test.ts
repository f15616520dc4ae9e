import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyTotals, type Totals } from '../../src/cli/aggregate.ts'
import { reportTable } from '../../src/cli/report-table.ts'

const spend: Totals = { ...emptyTotals(), usd: 1, calls: 1 }

/** Without the lines of the heading and the total, what stands before the money; and where the money ends. */
function table(names: readonly string[], top = 1000) {
  const spends = names.map((name): [string, Totals] => [name, spend])
  const text = reportTable('user', spends, top)
  const lines = text.trimEnd().split('\n').slice(1)
  const told = lines.map((line) => line.slice(2, line.lastIndexOf('$')).trimEnd())
  return { lines, told: told.slice(0, -1) }
}

const clerk = 'user_2abcdefghijklmnopqrstuvwxyz1'
const uuid = 'ffffffff-ffff-4fff-bfff-ffffffffffff'

describe('names in the table', () => {
  test('stand there whole, up to 48 characters', () => {
    const names = [uuid, uuid.replace(/f$/, '0'), clerk, `${clerk}2`, 'a'.repeat(48)]
    expect(table(names).told).toEqual(names)
  })

  test('that are longer are cut in the middle, so that both ends are seen', () => {
    const model = `arn:aws:bedrock:us-east-1:123456789012:inference-profile/claude-sonnet-4-5-20250929-v1:0`
    const { told } = table([model, 'ada'])
    expect(told).toEqual(['arn:aws:bedrock:us-east…sonnet-4-5-20250929-v1:0', 'ada'])
    expect(told[0]).toHaveLength(48)
  })

  test('that are alike at both ends are cut less', () => {
    const url = (id: number): string =>
      `https://users.example.com/organisations/acme/users/${id}/profiles/of/this/application/main`
    const { told } = table([url(1), url(2)])
    expect(told[0]).toMatch(/^https:.*\/1\/.*main$/)
    expect(told[1]).toMatch(/^https:.*\/2\/.*main$/)
  })

  test('that look the same are numbered, and are no sum', () => {
    const { told } = table(['ada', 'ada ', 'a\u0000', 'a\u0001', 'total'])
    expect(told).toEqual(['ada', 'ada  (2)', 'a?', 'a? (2)', 'total (2)'])
    expect(table(['ada', '(2 others)', 'tom', 'eve'], 2).told).toEqual([
      'ada',
      '(2 others) (2)',
      '(2 others)',
    ])
  })

  test('are not cut inside a character, and leave the columns straight', () => {
    const { lines, told } = table(['👩‍👩‍👧'.repeat(60), 'ada'])
    expect(told[0]).not.toMatch(/\p{Surrogate}/u)
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
        const { told } = table(different)
        expect(new Set(told.map((each) => each.trimEnd())).size).toBe(different.length)
      }),
    )
  })
})
