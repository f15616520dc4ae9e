import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { looksPersonal } from '../../src/privacy/personal.ts'

interface Labelled {
  id: string
  personal: boolean
  kind: string
}

const labelled = JSON.parse(
  readFileSync(new URL('labelled-ids.json', import.meta.url), 'utf8'),
) as Labelled[]

/** Told from no random id: no checksum that can be afforded, and the alphabet of nanoid. */
const notDetected = 'Bitcoin address, legacy'

describe('500 labelled ids', () => {
  const found = labelled.filter(({ id }) => looksPersonal(id))
  const right = found.filter(({ personal }) => personal).length
  const personal = labelled.filter((entry) => entry.personal)

  test('precision and recall', () => {
    const kinds = new Map<string, { ids: number; found: number }>()
    for (const { id, kind } of labelled) {
      const row = kinds.get(kind) ?? { ids: 0, found: 0 }
      kinds.set(kind, { ids: row.ids + 1, found: row.found + Number(looksPersonal(id)) })
    }
    const [precision, recall] = [right / found.length, right / personal.length]
    const rows = [...kinds].map(
      ([kind, row]) =>
        `${kind.padEnd(26)}${String(row.ids).padStart(4)}${String(row.found).padStart(6)}`,
    )
    const sum = `precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)} of 500 ids`
    process.stdout.write(`\n${''.padEnd(26)} ids found\n${rows.join('\n')}\n${sum}\n`)
    expect(labelled).toHaveLength(500)
    expect(precision).toBe(1)
    expect(recall).toBeGreaterThanOrEqual(0.98)
  })

  test('what is personal is found, of every kind but one', () => {
    const missed = personal.filter(({ id, kind }) => kind !== notDetected && !looksPersonal(id))
    expect(missed).toEqual([])
  })

  test('internal ids are never touched', () => {
    expect(found.filter((entry) => !entry.personal)).toEqual([])
  })
})

describe('ids of random', () => {
  const alphabets = {
    nanoid: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-',
    'base 62': 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
    'base 36': 'abcdefghijklmnopqrstuvwxyz0123456789',
    hexadecimal: '0123456789abcdef',
    digits: '0123456789',
  }

  test.each(Object.entries(alphabets))('of %s are never touched', (_, alphabet) => {
    const sign = fc.constantFrom(...Array.from(alphabet))
    fc.assert(
      fc.property(fc.string({ unit: sign, minLength: 10, maxLength: 40 }), (id) => {
        expect(looksPersonal(id)).toBe(false)
      }),
      { numRuns: 5000 },
    )
  })

  test('of UUID and ULID are never touched', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uuid(), fc.ulid()), (id) => {
        expect(looksPersonal(id)).toBe(false)
      }),
      { numRuns: 5000 },
    )
  })
})

test('every e-mail address is found, wherever it stands', () => {
  fc.assert(
    fc.property(fc.emailAddress(), fc.constantFrom('', 'user:', ' ', 'x|'), (address, before) => {
      expect(looksPersonal(`${before}${address}`)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('the list is the one that scripts/privacy/labelled-ids.ts writes', () => {
  const script = join(import.meta.dirname, '../../scripts/privacy/labelled-ids.ts')
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, '--check'], {
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([0, ''])
})
