import { writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toInstant } from '../../src/cli/date-option.ts'
import { displayWidth } from '../../src/cli/display-width.ts'
import { emptyTotals, type Totals } from '../../src/cli/aggregate.ts'
import { reportCsv } from '../../src/cli/report-csv.ts'
import { reportTable } from '../../src/cli/report-table.ts'
import { chargeOf, ledgerFolder, lineOf, report } from '../support/ledger-folder.ts'

const place = ledgerFolder()
const spend: Totals = { ...emptyTotals(), usd: 1, calls: 1 }

describe('a date', () => {
  test.each([
    '7',
    '2026',
    '2026-11',
    'Nov 1',
    '1 Nov 2026',
    'last 7',
    '01.11.2026',
    '2026/11/01',
    '11/01/2026',
    '2026-02-30',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-W48',
    '2026-334',
    '20261101',
    '2026-11-1',
    '2026-11-01T00:00',
    '2026-11-01T00:00:00.000',
    '2026-11-01 00:00Z',
    '2026-11-01T24:00Z',
    '2026-12-31T23:59:60Z',
    '2026-11-01T00:00 00:00',
    '2026-11-01T00:00+24:00',
    '2026-11-01T00:00+01:75',
    '2026-11-01T00:00 CET',
    '+002026-11-01',
    ' 2026-11-01',
    '２０２６-11-01',
    '1793491200000',
    '',
  ])('%j is refused', (value) => {
    expect(() => toInstant('since', value)).toThrow(
      /^--since .*(is not a date|has no time zone|not exist)/,
    )
  })

  test.each([
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['2026-11-01T00:00Z', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01T00:00:00+01:00', '2026-10-31T23:00:00.000Z'],
    ['2026-11-01T00:00-0530', '2026-11-01T05:30:00.000Z'],
    ['2026-11-01T00:00:00.5+14:00', '2026-10-31T10:00:00.500Z'],
    ['2099-01-01', '2099-01-01T00:00:00.000Z'],
  ])('%j is %s', (value, iso) => {
    expect(new Date(toInstant('since', value)).toISOString()).toBe(iso)
  })

  test.each(['UTC', 'America/Los_Angeles', 'Asia/Kolkata', 'Pacific/Kiritimati'])(
    'begins and ends the same days in %s',
    (TZ) => {
      const times = ['2026-10-31T23:59:59.999Z', '2026-11-01T00:00:00Z', '2026-11-01T23:59:59Z']
      const lines = times.map((time) => lineOf({ ...chargeOf({}), at: Date.parse(time) }))
      writeFileSync(place.path, lines.join('\n'))
      const { stdout } = report([place.path, '--by', 'day', '--since', '2026-11-01'], { TZ })
      expect(stdout).toMatch(/^ {2}2026-11-01 +\$2\.000000 /m)
      expect(stdout).not.toContain('2026-10-31')
      expect(stdout).toContain('\nCalls since 2026-11-01 00:00 UTC.\n')
      const local = report([place.path, '--since', '2026-11-01T00:00'], { TZ })
      expect([local.status, local.stdout]).toEqual([2, ''])
      expect(local.stderr).toContain('has no time zone; write 2026-11-01T00:00Z for UTC')
    },
  )
})

/** The first cell of a line of CSV, as a program reads it. */
function cellOf(name: string): { cell: string; rest: string } {
  const line = reportCsv('user', [[name, spend]])
    .split('\r\n')
    .slice(1)
    .join('\r\n')
  if (!line.startsWith('"')) {
    const comma = line.indexOf(',')
    return { cell: line.slice(0, comma), rest: line.slice(comma) }
  }
  const end = /^"(?:[^"]|"")*"/.exec(line)?.[0].length ?? 0
  return { cell: line.slice(1, end - 1).replaceAll('""', '"'), rest: line.slice(end) }
}

describe('CSV', () => {
  test.each([
    '=HYPERLINK("http://x","y")',
    '+1+cmd',
    '-2+3',
    '@SUM(A1)',
    '\t=1+1',
    '\r=1+1',
    '\n=1+1',
    '  =1+1',
    '\u00A0=1+1',
    '\u200B=1+1',
    '\uFEFF=1+1',
    '\u202E=1+1',
    '＝1+1',
    '＋1',
    '－1',
    '＠SUM(A1)',
    '\u22121+1',
    '\u001B[31m=1+1',
    '\u0000=1',
    "'=1+1",
  ])('has %j with an apostrophe before it, and its numbers as they are', (name) => {
    const { cell, rest } = cellOf(name)
    expect(cell.startsWith("'")).toBe(true)
    expect(rest).toBe(',1,0,1,0,0,0,0\r\n')
  })

  test.each(['ada', 'user-1', 'a=b', 'a@b', '42', 'Zoë', '李', '(no user)', 'a b', '👩‍👩‍👧'])(
    'has %j as it is',
    (name) => expect(cellOf(name).cell).toBe(name),
  )

  test('keeps names apart, in their cells, and shows nothing that a terminal obeys', () => {
    const part = fc.constantFrom(
      '=',
      "'",
      '"',
      ',',
      ';',
      '\t',
      '\n',
      '\r',
      'a',
      '1',
      '\u001B',
      '\u202E',
      ' ',
    )
    const name = fc.string({ unit: part, maxLength: 6 })
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one !== other)
        expect(cellOf(one).cell).not.toBe(cellOf(other).cell)
        expect(cellOf(one).rest).toBe(',1,0,1,0,0,0,0\r\n')
        expect(cellOf(one).cell).not.toMatch(/(?![\t\n\r])\p{Cc}|\u202E/u)
        expect(cellOf(one).cell).not.toMatch(/^\s*[=+\-@\t\r]/)
      }),
    )
  })
})

describe('the table', () => {
  const linesOf = (spends: readonly [string, Totals][]): string[] =>
    reportTable('user', spends, 100).trimEnd().split('\n')

  test.each([1e6, 1e9, 1e12, 1e15])('keeps columns apart at %d calls', (count) => {
    const large: Totals = {
      usd: count * 10,
      inexactUsd: 0,
      calls: count,
      unknownCalls: count,
      failedCalls: count,
      inputTokens: count * 1000,
      outputTokens: count * 1000,
    }
    const lines = linesOf([
      ['ada', large],
      ['tom', spend],
    ]).slice(1, 4)
    const whole = count.toLocaleString('en-US')
    expect(lines[0]?.split(/ {2,}| (?=█)/)).toEqual(expect.arrayContaining([whole]))
    for (const line of lines) expect(line).not.toMatch(/\d,\d{3},\d{4}|█\d/)
  })

  test.each([
    ['李小龍', 6],
    ['한국어', 6],
    ['ｆｕｌｌ', 8],
    ['👩‍👩‍👧', 2],
    ['🇨🇭', 2],
    ['❤️', 2],
    ['e\u0301', 1],
    ['Zoë', 3],
    ['あ', 2],
    ['…', 1],
  ])('knows how wide %s is', (text, width) => expect(displayWidth(text)).toBe(width))

  test('has the money of all names below each other, as a terminal shows it', () => {
    const names = [
      'ada',
      '李小龍',
      'ｆｕｌｌ',
      '👩🏽',
      'e\u0301te\u0301',
      '漢'.repeat(60),
      'x'.repeat(90),
    ]
    const lines = linesOf(names.map((name) => [name, spend])).slice(1)
    const widths = lines.map((line) => displayWidth(line.slice(0, line.lastIndexOf('$'))))
    expect(new Set(widths).size).toBe(1)
  })

  test('shows nothing that a terminal obeys', () => {
    const odd = [
      '\u001B]0;x\u0007',
      '\u009B31m',
      '\u202Eadmin',
      '\u2066x',
      '\r\nx',
      '\u2028',
      '\u0085',
    ]
    const text = reportTable(
      'user',
      odd.map((name) => [name, spend]),
      100,
    )
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    expect(text.trimEnd().split('\n')).toHaveLength(odd.length + 2)
  })
})
