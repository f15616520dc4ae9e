import { writeFileSync } from 'node:fs'
import type { Charge } from 'costspan'
import { openLedger } from 'costspan/ledger'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chargeOf, ledgerFolder, lineOf, readAll, report } from '../support/ledger-folder.ts'

const place = ledgerFolder()
const charge = chargeOf({ userId: 'eve', tenantId: 'acme' }, 'eve')
const { usage } = charge

const usd = '`usd` is not absent or US dollars, from 0 to 1,000,000,000'
const at = '`at` is not milliseconds between the years 2000 and 2200'

/** A line that is no charge, or no reliable one, and the message about it. */
const lines: readonly (readonly [what: string, line: string, message: string])[] = [
  ['a cost that is null', lineOf(charge, { usd: null }), usd],
  ['a cost that is text', lineOf(charge, { usd: '1' }), usd],
  ['a cost that is NaN as text', lineOf(charge, { usd: 'NaN' }), usd],
  ['a cost below 0', lineOf(charge, { usd: -1 }), usd],
  ['a cost beyond all numbers', lineOf(charge).replace('"usd":1,"', '"usd":1e999,"'), usd],
  ['a cost of 1e300', lineOf(charge, { usd: 1e300 }), usd],
  ['a list of costs', lineOf(charge, { usd: [1] }), usd],
  [
    'a status without its cost',
    lineOf(charge, { usd: undefined }),
    '`usd` is absent, though its status is priced',
  ],
  ['no start', lineOf(charge, { at: undefined }), '`at` is absent'],
  ['a start that is null', lineOf(charge, { at: null }), at],
  ['a start in nanoseconds', lineOf(charge, { at: charge.at * 1e6 }), at],
  ['a start in microseconds', lineOf(charge, { at: charge.at * 1e3 }), at],
  ['a start in seconds', lineOf(charge, { at: charge.at / 1e3 }), at],
  ['a start as text', lineOf(charge, { at: '2026-11-15T00:00:00Z' }), at],
  ['usage that is null', lineOf(charge, { usage: null }), '`usage` is not absent or an object'],
  [
    'usage as text',
    lineOf(charge, { usage: { ...usage, input: '600000' } }),
    '`usage.input` is not a number, 0 or more',
  ],
  ['usage without a part', lineOf(charge, { usage: { input: 1 } }), '`usage.cacheRead` is absent'],
  [
    'usage below 0',
    lineOf(charge, { usage: { ...usage, output: -5 } }),
    '`usage.output` is not a number, 0 or more',
  ],
  [
    'attribution that is null',
    lineOf(charge, { attribution: null }),
    '`attribution` is not an object',
  ],
  ['no attribution', lineOf(charge, { attribution: undefined }), '`attribution` is absent'],
  [
    'a user who is a number',
    lineOf(charge, { attribution: { userId: 42 } }),
    '`attribution.userId` is not absent or a text',
  ],
  [
    'a user who is an object',
    lineOf(charge, { attribution: { userId: {} } }),
    '`attribution.userId` is not absent or a text',
  ],
  [
    'tags that are no texts',
    lineOf(charge, { attribution: { tags: { a: 1 } } }),
    '`attribution.tags` is not absent or an object of texts',
  ],
  ['no call', lineOf(charge, { call: undefined }), '`call` is absent'],
  [
    'a model that is a number',
    lineOf(charge, { call: { ...charge.call, responseModel: 4 } }),
    '`call.responseModel` is not absent or a text',
  ],
  [
    'an unknown status',
    lineOf(charge, { status: 'free' }),
    '`status` is not one of priced, upper_bound, lower_bound, estimated, unpriced, unknown_usage, call_failed',
  ],
  [
    'a field that JSON has twice',
    lineOf(charge).replace('{', '{"usd":0,'),
    'a field is there twice',
  ],
  [
    'a field that a part has twice, once escaped',
    lineOf(charge).replace('"input":', '"\\u0069nput":1,"input":'),
    'a field is there twice',
  ],
  [
    'a prototype',
    lineOf(charge).replace('{', '{"__proto__":{"usd":5},'),
    '`__proto__` is no field',
  ],
  [
    'a prototype of its attribution',
    lineOf(charge).replace('"attribution":{', '"attribution":{"__proto__":{},'),
    '`attribution.__proto__` is no field',
  ],
  ['little more than an id', '{"v":1,"id":"x"}', '`traceId` is absent'],
  ['the id of another span', lineOf(charge, { id: 't-other' }), 'its `id` is not that of its span'],
  [
    'a later version',
    lineOf(charge, { v: 2 }),
    'the line is of version 2: a later costspan wrote it',
  ],
  ['no version', lineOf(charge, { v: undefined }), 'the line has no `v` or no `id`'],
  ['a version as text', lineOf(charge, { v: '1' }), 'the line has no `v` or no `id`'],
  [
    'a version between two',
    lineOf(charge, { v: 0.5 }),
    'the line is of version 0.5, which does not exist',
  ],
  ['a list', '[1]', 'the line is no JSON object'],
  ['a number', '42', 'the line is no JSON object'],
  ['half of it', lineOf(charge).slice(0, 200), 'the line is torn, or is not JSON'],
  ['two of them', lineOf(charge) + lineOf(charge), 'the line is torn, or is not JSON'],
  ['nested lists without end', '['.repeat(100_000), 'the line is torn, or is not JSON'],
]

describe('a line of a ledger with', () => {
  test.each(lines)(
    '%s is left out and reported, and the others are read',
    async (_, line, message) => {
      const [before, after] = [chargeOf({ userId: 'ada' }), chargeOf({ userId: 'tom' })]
      writeFileSync(place.path, `\n${lineOf(before)}\n${line}\n${lineOf(after)}\n`)
      const { charges, problems } = await readAll(place.path)
      expect(charges.map(({ attribution }) => attribution.userId)).toEqual(['ada', 'tom'])
      expect(problems).toEqual([{ kind: 'line', file: place.path, line: 3, message }])
      expect(({} as { usd?: number }).usd).toBeUndefined()
    },
  )
})

describe('costspan report', () => {
  test.each(['user', 'tenant', 'plan', 'model', 'day'])(
    'by %s survives all such lines at once, prints file and line of the first, and ends with 3',
    (by) => {
      const all = [lineOf(chargeOf({ userId: 'ada' })), ...lines.map(([, line]) => line)]
      writeFileSync(place.path, `${all.join('\n')}\n`)
      const { stdout, stderr, status } = report([place.path, '--by', by])
      expect(status).toBe(3)
      expect(stdout).toMatch(/^ {2}total +\$1\.000000 100% ███████ +1 /m)
      const problems = stderr.trimEnd().split('\n')
      expect(problems[0]).toBe(`${place.path}:2: ${usd}`)
      expect(problems.slice(-2)).toEqual([
        `and ${lines.length - 20} more`,
        `left out of the ledger, and in no sum: lines: ${lines.length}`,
      ])
      expect(problems).toHaveLength(22)
      // The problems name no user and no tenant.
      expect(stderr).not.toMatch(/eve|acme/)
    },
  )

  test('as CSV prints it apart from the CSV', () => {
    writeFileSync(place.path, `${lineOf(charge)}\nnull\n`)
    const { stdout, stderr, status } = report([place.path, '--csv'])
    expect(stdout.split('\r\n').slice(1)).toEqual(['eve,1,0,1,0,0,600000,400000', ''])
    expect(stderr).toContain(`${place.path}:2: the line is no JSON object\n`)
    expect(status).toBe(3)
  })
})

describe('two calls with the same trace and span id', () => {
  const dollars = (charges: readonly Charge[]): number =>
    charges.reduce((sum, { usd: cost = 0 }) => sum + cost, 0)
  const later = { ...charge, at: charge.at + 5 }
  const larger = { ...charge, usd: 2, usage: { ...usage, input: 1_600_000 } as Charge['usage'] }
  const unknown = { ...charge, usd: undefined, usage: undefined, status: 'unknown_usage' } as Charge
  const unknownLater = { ...unknown, at: charge.at + 5 }

  test.each<[string, Charge[], usd: number, calls: number, reported: number]>([
    ['are two if they start at different times', [charge, later], 2, 2, 1],
    ['are two if they use different tokens', [charge, larger], 3, 2, 1],
    ['are one if they are the same, written twice', [charge, charge], 1, 1, 0],
    ['are two, each written twice', [charge, later, charge, later], 2, 2, 1],
    ['are three if they are three', [charge, later, larger, later, larger], 4, 3, 2],
    ['are one if the cost of it becomes known', [unknown, charge, unknown], 1, 1, 0],
    ['are two if only one becomes known', [unknown, unknownLater, charge], 1, 2, 1],
    ['are two if an unknown one starts later', [charge, unknownLater, unknownLater], 1, 2, 1],
    [
      'are two if a later one completes itself',
      [charge, unknownLater, later, unknownLater],
      2,
      2,
      2,
    ],
  ])('%s', async (_, recorded, cost, calls, reported) => {
    const ledger = openLedger(place.path)
    for (const each of recorded) ledger.record(each)
    await ledger.close()
    const { charges, problems } = await readAll(place.path)
    expect([dollars(charges), charges.length]).toEqual([cost, calls])
    expect(problems.map(({ kind, message }) => [kind, message])).toEqual(
      Array.from({ length: reported }, () => [
        'equal_ids',
        'another call has the same trace and span id; both are counted',
      ]),
    )
  })

  test('are reported with the line, and counted', () => {
    writeFileSync(place.path, `${lineOf(charge)}\n${lineOf(later)}\n${lineOf(charge)}\n`)
    const { stdout, stderr, status } = report([place.path])
    expect(stdout).toMatch(/^ {2}eve +\$2\.000000 /m)
    expect(stderr).toBe(
      `${place.path}:2: another call has the same trace and span id; both are counted\n` +
        'calls with the ids of another call, counted too: 1\n',
    )
    expect(status).toBe(0)
  })

  test('a generator of ids that always gives the same loses no call', async () => {
    const start = fc.uniqueArray(fc.nat(1_000_000), { minLength: 1, maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(start, async (starts) => {
        const each = starts.map((milliseconds) => ({ ...charge, at: charge.at + milliseconds }))
        writeFileSync(place.path, [...each, ...each].map((one) => lineOf(one)).join('\n'))
        const { charges } = await readAll(place.path)
        expect(charges).toHaveLength(starts.length)
      }),
      { numRuns: 20 },
    )
  })
})
