import type { AttributionInput } from 'costspan'
import { describe, expect, test } from 'vitest'
import {
  RefusedAttribution,
  restoreAttribution,
  serializeAttribution,
  type RestoreOptions,
  type SerializeOptions,
} from 'costspan/propagation'
import { secret } from './job.ts'
import { make, refusal, signingKey, signingKeys } from './tokens.ts'

describe('the options', () => {
  test.each<[string, unknown, string]>([
    ['none', undefined, 'Expected `options` to be an object'],
    ['null', null, 'Expected `options` to be an object'],
    ['no key', {}, 'Expected `signingKey` to be a key'],
    ['a short key', { signingKey: 'short' }, 'Expected `signingKey` to be a key of 16 characters'],
    ['a key that is none', { signingKey: 7 }, 'Expected `signingKey` to be a key'],
    ['another option', { signingKey, signingKeys }, 'Expected `options.signingKeys` to be one of'],
    ['no time', { signingKey, expiresInSeconds: 0 }, 'Expected `expiresInSeconds` to be a number'],
    ['an endless time', { signingKey, expiresInSeconds: Infinity }, 'Expected `expiresInSeconds`'],
    ['a time that is none', { signingKey, expiresInSeconds: NaN }, 'Expected `expiresInSeconds`'],
    ['a time as text', { signingKey, expiresInSeconds: '60' }, 'Expected `expiresInSeconds`'],
    ['two years', { signingKey, expiresInSeconds: 63_072_000 }, 'Expected `expiresInSeconds`'],
    [
      'null as attribution',
      { signingKey, attribution: null },
      'Expected `attribution` to be an object',
    ],
    [
      'a text as attribution',
      { signingKey, attribution: 'secret' },
      'Expected `attribution` to be an object',
    ],
    [
      'a list as attribution',
      { signingKey, attribution: ['secret'] },
      'Expected `attribution` to be an object',
    ],
    [
      'an id that is none',
      { signingKey, attribution: { userId: { secret: 1 } } },
      'Expected `userId` to be a string',
    ],
    [
      'an id that is too long',
      { signingKey, attribution: { plan: 'secret'.repeat(50) } },
      'Expected `plan` to be of at most 256',
    ],
    [
      'tags that are none',
      { signingKey, attribution: { tags: 'secret' } },
      'Expected `tags` to be an object',
    ],
    [
      'a tag that is none',
      { signingKey, attribution: { tags: { a: { secret: 1 } } } },
      'Expected `tags.a` to be a string',
    ],
    [
      'a privacy that is none',
      { signingKey, privacy: 'secret' },
      'Expected `privacy` to be an object',
    ],
  ])('of serializeAttribution: %s', (_, options, message) => {
    const call = (): string => serializeAttribution(options as SerializeOptions)
    expect(call).toThrow(TypeError)
    expect(call).toThrow(message)
  })

  test.each<[string, unknown, string]>([
    ['none', undefined, 'Expected `options` to be an object'],
    ['no keys', {}, 'Expected `signingKeys` to be an array of one key at least'],
    ['one key for several', { signingKeys: signingKey }, 'Expected `signingKeys` to be an array'],
    ['an empty list', { signingKeys: [] }, 'Expected `signingKeys` to be an array of one key'],
    [
      'a short key',
      { signingKeys: [signingKey, 'short'] },
      'Expected `signingKeys[1]` to be a key of',
    ],
    ['another option', { signingKeys, signingKey }, 'Expected `options.signingKey` to be one of'],
  ])('of restoreAttribution: %s', (_, options, message) => {
    const call = (): AttributionInput => restoreAttribution(make(), options as RestoreOptions)
    expect(call).toThrow(TypeError)
    expect(call).toThrow(message)
    expect(call).not.toThrow(RefusedAttribution)
  })

  test('a key of pseudonyms does not sign, as text or as bytes', () => {
    const privacy = (key: string | Uint8Array): SerializeOptions['privacy'] => ({
      pseudonymize: { key },
    })
    const bytes = new TextEncoder().encode(signingKey)
    for (const key of [signingKey, bytes]) {
      const call = (): string => make({ privacy: privacy(key) })
      expect(call).toThrow(TypeError)
      expect(call).toThrow('Expected `signingKey` to be another key than privacy.pseudonymize.key')
      expect(call).not.toThrow(signingKey)
    }
    expect(refusal(make({ privacy: privacy(secret.pseudonyms) }))).toBe('trusted')
    expect(refusal(make({ privacy: { pseudonymize: (id) => `p-${id.length}` } }))).toBe('trusted')
  })
})
