import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { looksPersonal } from '../../src/privacy/detect-pii.ts'

interface Labelled {
  id: string
  personal: boolean
  kind: string
}

const labelled = JSON.parse(
  readFileSync(new URL('labelled-ids.json', import.meta.url), 'utf8'),
) as Labelled[]

/** Not distinguishable from a random id: no checksum that can be afforded, and the alphabet of base 62. */
const notDetected = new Set(['Bitcoin address, legacy', 'Solana address'])

/** IBANs in one piece that are letters for the most part, as faker makes some and few banks do. */
const mostlyLetters = ['lv89debz10sn5n803l3yj']

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

  test('what is personal is found, of every kind but two', () => {
    const missed = personal.filter(({ id, kind }) => !notDetected.has(kind) && !looksPersonal(id))
    expect(missed.map(({ id }) => id)).toEqual(mostlyLetters)
  })

  test('internal ids are about half of them', () => {
    expect(personal).toHaveLength(250)
    expect(new Set(labelled.map(({ id }) => id)).size).toBe(500)
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
        // It may be a phone number, as countries write them.
        fc.pre(!/^00[1-9]/.test(id))
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

const byHand = labelled.filter(({ kind }) => ['near miss', 'easily overlooked'].includes(kind))

test.each(byHand)('$id is personal: $personal', ({ id, personal }) => {
  expect(looksPersonal(id)).toBe(personal)
})

describe('an identifier of a person', () => {
  const identifiers = [
    'ada@example.com',
    '+4917012345678',
    '0x52908400098527886E0F7030069857D2E4169EE7',
    'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq',
    'ada.eth',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
    'DE89370400440532013000',
    'DE89 3704 0044 0532 0130 00',
    '4111 1111 1111 1111',
    '3782-822463-10005',
  ]
  const surroundings = [
    '%',
    ' %\t',
    'user:%',
    'auth0|%',
    'acct_%',
    'id-%',
    '<%>',
    '"%"',
    '%;v=1',
    'of % and so',
  ]

  test.each(identifiers)('%s is found in every surroundings', (identifier) => {
    const missed = surroundings.filter(
      (each) => !looksPersonal(each.replace('%', () => identifier)),
    )
    expect(missed).toEqual([])
  })

  test.each(['DE89370400440532013001', '4111 1111 1111 1112', '3782-822463-10006'])(
    '%s, off by one, is none',
    (identifier) => {
      expect(looksPersonal(identifier)).toBe(false)
    },
  )

  test('is looked for in the first 4,096 characters', () => {
    expect(looksPersonal(`${'a '.repeat(2000)}ada@example.com`)).toBe(true)
    expect(looksPersonal(`${'a '.repeat(2048)}ada@example.com`)).toBe(false)
  })
})

// Each is where a form of the detector begins again and again; a slow one would not end within a test.
test.each([
  'a',
  '@',
  'a@a.',
  'a%40a.',
  '+1 ',
  '+1%20',
  '4112-',
  'eyJ',
  'eyJ.',
  'eyJ-',
  '.eyJa ',
  'DE89 ',
  'AD12',
  '0x',
  'bc1',
  'a.eth0',
])('100 kB of %s are read to the end', (part) => {
  expect(looksPersonal(part.repeat(100_000 / part.length))).toBe(false)
})

test('every e-mail address is found, at any position', () => {
  fc.assert(
    fc.property(fc.emailAddress(), fc.constantFrom('', 'user:', ' ', 'x|'), (address, before) => {
      // Both may be addresses; a handle in that of a page, and the version of a package, are likelier.
      fc.pre(!/\/@|@v?\d+\.\d+\.\d+-/.test(address))
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
