import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Charge } from 'costspan'
import { openLedger } from 'costspan/ledger'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readLines } from '../../src/ledger/lines.ts'
import { chargeOf, ledgerFolder, lineOf, readAll, report } from '../support/ledger-folder.ts'

const place = ledgerFolder()

/** What some program or other takes for the end of a line, and what is no text. */
const separators: readonly (readonly [string, string])[] = [
  ['U+2028', '\u2028'],
  ['U+2029', '\u2029'],
  ['U+0085', '\u0085'],
  ['a vertical tab', '\v'],
  ['a form feed', '\f'],
  ['a lone carriage return', '\r'],
  ['a line feed', '\n'],
  ['NUL', '\0'],
  ['file separators', '\u001C\u001D\u001E'],
  ['a byte order mark', '\uFEFF'],
  ['half a character', '\uD800'],
]

describe('a ledger', () => {
  test.each(separators)('has every charge whose ids, tags and model have %s', async (_, text) => {
    const odd = `a${text}b`
    const named = chargeOf({ userId: odd, tenantId: odd, plan: odd, tags: { [odd]: odd } })
    const charges: Charge[] = [
      chargeOf({ userId: 'ada' }),
      { ...named, call: { ...named.call, requestModel: odd, responseModel: odd } },
      chargeOf({ userId: 'tom' }),
      chargeOf({ userId: `${text}${text}` }),
    ]
    const ledger = openLedger(place.path)
    for (const charge of charges) ledger.record(charge)
    await ledger.close()
    const read = await readAll(place.path)
    expect(read.problems).toEqual([])
    expect(read.charges).toEqual(JSON.parse(JSON.stringify(charges)))
  })

  test.each(['\u2028', '\u2029', '\u0085'])(
    'that has %j as it is, unescaped, is read whole',
    async (text) => {
      const users = ['ada', `a${text}b`, 'tom', `${text}x`]
      const lines = users.map((userId) => lineOf(chargeOf({ userId })))
      writeFileSync(place.path, `\n${lines.join('\n')}`)
      const { charges, problems } = await readAll(place.path)
      expect(charges.map(({ attribution }) => attribution.userId)).toEqual(users)
      expect(problems).toEqual([])
      const { stdout, status } = report([place.path])
      expect(stdout).toMatch(/^ {2}total +\$4\.000000 /m)
      expect(status).toBe(0)
    },
  )

  test('has no line end inside of a line, for programs that know more of them than `\\n`', async () => {
    const ledger = openLedger(place.path)
    ledger.record(chargeOf({ userId: separators.map(([, text]) => text).join('x') }))
    await ledger.close()
    expect(readFileSync(place.path, 'utf8')).not.toMatch(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}]/u)
  })

  test('gives back every user and every dollar that was recorded, whatever the ids', async () => {
    const id = fc.string({
      unit: fc.oneof(
        fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
        fc.constantFrom('\u2028', '\r', '"', '\\', '{'),
      ),
      maxLength: 20,
    })
    const usd = fc.double({ min: 0, max: 1e6, noNaN: true })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(id, id, usd), { maxLength: 30 }), async (calls) => {
        const ledger = openLedger(place.path)
        for (const [userId, tag, cost] of calls) {
          ledger.record({ ...chargeOf({ userId, tags: { [tag]: userId } }), usd: cost })
        }
        await ledger.close()
        const { charges, problems } = await readAll(place.path)
        rmSync(place.path)
        expect(problems).toEqual([])
        const sums = (pairs: readonly (readonly [string | undefined, number | undefined])[]) => {
          const byUser = new Map<string | undefined, number>()
          for (const [user, cost = 0] of pairs) byUser.set(user, (byUser.get(user) ?? 0) + cost)
          return byUser
        }
        expect(sums(charges.map((charge) => [charge.attribution.userId, charge.usd]))).toEqual(
          sums(calls.map(([userId, , cost]) => [userId, cost])),
        )
      }),
      { numRuns: 60 },
    )
  })

  test('of 50 MB in one line keeps the others, and reports which line it is', async () => {
    const lines = [
      lineOf(chargeOf({ userId: 'ada' })),
      'x'.repeat(50_000_000),
      lineOf(chargeOf({})),
    ]
    writeFileSync(place.path, lines.join('\n'))
    const { charges, problems } = await readAll(place.path)
    expect(charges).toHaveLength(2)
    expect(problems).toEqual([
      {
        kind: 'line',
        file: place.path,
        line: 2,
        message: 'the line has 50,000,000 bytes, more than any charge',
      },
    ])
  })

  test('that is not UTF-8 names no user by half of an id: the line is left out, and reported', async () => {
    const [before = '', after = ''] = lineOf(chargeOf({ userId: 'SPLIT' })).split('SPLIT')
    const bytes = [
      Buffer.from(`\uFEFF${lineOf(chargeOf({ userId: 'ada' }))}\r\n${before}`),
      Buffer.from([0xc3, 0x28]),
      Buffer.from(`${after}\n${lineOf(chargeOf({ userId: '\uFFFD' }))}\n`),
    ]
    writeFileSync(place.path, Buffer.concat(bytes))
    const { charges, problems } = await readAll(place.path)
    expect(charges.map(({ attribution }) => attribution.userId)).toEqual(['ada', '\uFFFD'])
    expect(problems).toMatchObject([{ line: 2, message: 'the line is not UTF-8' }])
  })

  test('a charge that is longer than any line is lost, counted, and keeps no other back', async () => {
    const ledger = openLedger(place.path)
    ledger.record(chargeOf({ userId: 'ada' }))
    ledger.record(chargeOf({ tags: { long: 'é'.repeat(9_000_000) } }))
    ledger.record(chargeOf({ userId: 'tom' }))
    await ledger.close()
    expect(ledger.lost).toBe(1)
    expect((await readAll(place.path)).charges).toHaveLength(2)
  })
})

describe('lines', () => {
  test('are the same however the stream is cut into chunks', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\u2028', 'é', '👩', '\0') })
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(200)), async (input, cuts) => {
        const bytes = Buffer.from(input)
        const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length]
        const sorted = edges.toSorted((one, other) => one - other)
        async function* chunks() {
          for (const [index, edge] of sorted.entries())
            yield bytes.subarray(sorted[index - 1] ?? 0, edge)
        }
        const found: string[] = []
        for await (const lines of readLines(chunks())) {
          for (const line of lines) found.push(`${line.number} ${line.text}`)
        }
        const expected = input
          .split('\n')
          .flatMap((line, index) => (line === '' || line === '\r' ? [] : [`${index + 1} ${line}`]))
        expect(found).toEqual(expected)
      }),
    )
  })
})

describe('costspan pseudonym', () => {
  const command = [join(import.meta.dirname, '../../dist/cli.js'), 'pseudonym', '--key-env', 'KEY']
  const env = { KEY: 'thirty-two random bytes, as text' }
  const run = (input: string | Buffer) => spawnSync(process.execPath, command, { input, env })

  test.each(separators.filter(([, text]) => text !== '\n' && text !== '\uD800'))(
    'makes one pseudonym of an id with %s',
    (_, text) => {
      const ids = [`a${text}b`, 'tom']
      const { stdout, status } = run(`${ids.join('\n')}\n`)
      const rows = String(stdout).trimEnd().split('\n')
      expect(rows.map((row) => row.split('\t')[0])).toEqual(ids)
      expect(status).toBe(0)
    },
  )

  test('leaves out a line that is no text, prints its number and ends with 1', () => {
    const { stdout, stderr, status } = run(Buffer.from([0x61, 0x0a, 0xff, 0xfe, 0x62, 0x0a, 0x63]))
    const rows = String(stdout).trimEnd().split('\n')
    expect(rows.map((row) => row.split('\t')[0])).toEqual(['a', 'c'])
    expect(String(stderr)).toBe('line 2 of the input is skipped: the line is not UTF-8\n')
    expect(status).toBe(1)
  })
})
