import { createHmac } from 'node:crypto'
import { withAttribution } from 'costspan'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { restoreAttribution } from 'costspan/propagation'
import { leaf, onlyAttribution, register, span } from '../support/attributed-spans.ts'
import { secret } from './job.ts'
import { ada, encoded, make, refusal, signed, signingKey, signingKeys, soon } from './tokens.ts'

afterEach(() => void vi.useRealTimers())

describe('refused is', () => {
  const token = make({ attribution: ada })
  const [, payload, signature] = token.split('.') as [string, string, string]

  test.each<[string, unknown]>([
    ['an object', { toString: () => token }],
    ['a list', [token]],
    ['a bare id', 'ada'],
    ['another version', token.replace('cs1', 'cs2')],
    ['a version in capitals', token.replace('cs1', 'CS1')],
    ['a dot more at the end', `${token}.`],
    ['a part more', `${token}.${signature}`],
    ['a part less', `cs1.${payload}`],
    ['no payload', `cs1..${signature}`],
    ['no signature', `cs1.${payload}.`],
    ['a padded signature', `${token}=`],
    ['a space before', ` ${token}`],
    ['a line break after', `${token}\n`],
    ['10 MB', token + 'A'.repeat(10_000_000)],
    ['10 MB of dots', '.'.repeat(10_000_000)],
  ])('%s', (_, odd) => {
    const started = performance.now()
    expect(refusal(odd)).toBe('malformed')
    expect(performance.now() - started).toBeLessThan(50)
  })

  test('a token with any other character at any place', () => {
    for (let place = 0; place < token.length; place++) {
      for (const other of ['A', '_', '.', '=', String.fromCharCode(token.charCodeAt(place) ^ 1)]) {
        if (other === token[place]) continue
        const changed = token.slice(0, place) + other + token.slice(place + 1)
        expect(refusal(changed), `${place} ${other}`).toMatch(/^(malformed|forged)$/)
      }
    }
  })

  test('a token with one bit flipped at any place', () => {
    for (let place = 0; place < token.length; place++) {
      for (let bit = 1; bit < 256; bit <<= 1) {
        const flipped = String.fromCharCode(token.charCodeAt(place) ^ bit)
        const changed = token.slice(0, place) + flipped + token.slice(place + 1)
        expect(refusal(changed)).toMatch(/^(malformed|forged)$/)
      }
    }
  })

  test('a token that was cut anywhere', () => {
    for (let length = 0; length < token.length; length++) {
      const reason = length === 0 ? 'missing' : 'malformed'
      expect(refusal(token.slice(0, length))).toBe(reason)
      expect(refusal(token.slice(token.length - length))).toBe(reason)
    }
  })

  test('the payload of one token with the signature of another', () => {
    const other = make({ attribution: { userId: 'bob' } }).split('.')
    expect(refusal(`cs1.${payload}.${other[2]}`)).toBe('forged')
  })

  test('a token that another key signed, and none other', () => {
    const another = make({ attribution: ada, signingKey: secret.older })
    expect(refusal(another)).toBe('forged')
    expect(refusal(another, { signingKeys: [signingKey, secret.older] })).toBe('trusted')
    expect(refusal(token, { signingKeys: [secret.older, signingKey] })).toBe('trusted')
  })

  test('what the same key signed for something else', () => {
    const bare = createHmac('sha256', signingKey).update(payload).digest('base64url')
    expect(refusal(`cs1.${payload}.${bare}`)).toBe('forged')
  })
})

describe('trusted is', () => {
  const token = make({ attribution: ada })

  test('a token that comes again before it expires', () => {
    expect([refusal(token), refusal(token)]).toEqual(['trusted', 'trusted'])
  })

  test('a token by a key as text where the same is given as bytes, and the other way round', () => {
    const bytes = new TextEncoder().encode(signingKey)
    expect(refusal(token, { signingKeys: [bytes] })).toBe('trusted')
    expect(refusal(make({ signingKey: bytes }))).toBe('trusted')
  })
})

describe('a token that the owner of the key made by other means', () => {
  test('is trusted if it has the format of costspan', () => {
    const payload = encoded({ e: soon, u: 'ada' })
    expect(restoreAttribution(signed(payload), { signingKeys })).toEqual({ userId: 'ada' })
  })

  test.each<[string, unknown]>([
    ['no JSON', '{'],
    ['no object', [soon]],
    ['null', null],
    ['a text', 'ada'],
    ['no expiry', { u: 'ada' }],
    ['an expiry as text', { e: String(soon) }],
    ['an expiry that is no whole number', { e: soon + 0.5 }],
    ['an expiry beyond all numbers', `{"e":1e999}`],
    ['a user that is a number', { e: soon, u: 7 }],
    ['a user that is an object', { e: soon, u: { id: 'ada' } }],
    ['a user that is empty', { e: soon, u: '' }],
    ['a user that is null', { e: soon, u: null }],
    ['a user that is too long', { e: soon, u: 'a'.repeat(257) }],
    ['a user of half a character', { e: soon, u: '\uD800' }],
    ['a tenant that is a list', { e: soon, t: ['acme'] }],
    ['a plan that is true', { e: soon, p: true }],
    ['tags that are a list', { e: soon, g: ['a'] }],
    ['tags that are null', { e: soon, g: null }],
    ['tags that are an object', { e: soon, g: { a: 'b' } }],
    ['a tag that is a number', { e: soon, g: [['a', 1]] }],
    ['a tag without a value', { e: soon, g: [['a']] }],
    ['a name that is a number', { e: soon, g: [[1, 'a']] }],
    ['a tag that is an object', { e: soon, g: [['a', {}]] }],
    ['a user that is left out and named', { e: soon, u: 'ada', r: 1 }],
    ['a user that is left out by true', { e: soon, r: true }],
    ['a field of its own', { e: soon, u: 'ada', x: 1 }],
    ['a prototype', `{"e":${soon},"__proto__":{"u":"eve"}}`],
  ])('is refused with %s', (_, payload) => {
    expect(refusal(signed(encoded(payload)))).toBe('malformed')
  })

  test('is refused if it is longer than a token of costspan can be', () => {
    const tags = (length: number): object => ({ e: soon, g: [[`a${'b'.repeat(length)}`, 'c']] })
    expect(refusal(signed(encoded(tags(2900))))).toBe('trusted')
    expect(refusal(signed(encoded(tags(3100))))).toBe('malformed')
  })

  test('is refused if its base64 can be written otherwise, or is none', () => {
    const payload = encoded({ e: soon, u: 'ada' })
    const last = payload.at(-1)!
    expect(payload.length % 4).not.toBe(0)
    const sibling = String.fromCharCode(last.charCodeAt(0) + 1)
    expect(Buffer.from(payload.slice(0, -1) + sibling, 'base64url')).toEqual(
      Buffer.from(payload, 'base64url'),
    )
    expect(refusal(signed(payload))).toBe('trusted')
    expect(refusal(signed(payload.slice(0, -1) + sibling))).toBe('malformed')
    expect(refusal(signed('A'))).toBe('malformed')
    expect(refusal(signed('____'))).toBe('malformed')
    expect(refusal(signed(Buffer.from(`\uFEFF{"e":${soon}}`).toString('base64url')))).toBe(
      'malformed',
    )
  })

  test('adds a tag named __proto__ to its own tags only', () => {
    const payload = encoded(`{"e":${soon},"u":"ada","g":[["__proto__","x"],["constructor","y"]]}`)
    const restored = restoreAttribution(signed(payload), { signingKeys })
    expect(Object.entries(restored.tags ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
    expect(({} as { x?: unknown }).x).toBeUndefined()
    register()
    withAttribution(restored, () => span(leaf))
    expect(onlyAttribution()).toMatchObject({ userId: 'ada' })
  })
})

test('a refusal has its reason, and nothing of what was sent', () => {
  vi.useFakeTimers({ now: 1_800_000_000_000 })
  const old = make({ attribution: ada })
  vi.useRealTimers()
  vi.useFakeTimers({ now: 1_900_000_000_000 })
  const messages = ['ada', signed(encoded({ e: 1 }), secret.strangers), old].map((token) => {
    try {
      return restoreAttribution(token, { signingKeys })
    } catch (error) {
      return String(error)
    }
  })
  expect(messages).toEqual([
    'RefusedAttribution: Refused an attribution that is no token of this version, or was cut or changed on its way (malformed)',
    'RefusedAttribution: Refused an attribution that was signed by none of the signingKeys, or changed on its way (forged)',
    'RefusedAttribution: Refused an attribution that is older than its sender allowed (expired)',
  ])
})
