import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { withAttribution } from 'costspan'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RefusedAttribution, restoreAttribution, serializeAttribution } from 'costspan/propagation'
import { secret } from './job.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())

const RUNS = 1000

const signingKey = secret.signing
const signingKeys = [signingKey]
/** So that any text is an id that may travel. */
const privacy = { personalIds: 'keep' } as const

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
  fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'user.id',
    '"',
    '\\',
    '\0',
    '\uFEFF',
    ' ',
  ),
)
const arbitraryAttribution = fc.record(
  {
    userId: text,
    tenantId: text,
    plan: text,
    tags: fc.dictionary(text, text, { minKeys: 1, maxKeys: 5 }),
  },
  { requiredKeys: [] },
)

test('any attribution comes out as it went in, stated or in effect', () => {
  fc.assert(
    fc.property(arbitraryAttribution, (attribution) => {
      const tokens = [
        serializeAttribution({ signingKey, privacy, attribution }),
        withAttribution(attribution, () => serializeAttribution({ signingKey, privacy })),
      ]
      for (const token of tokens) {
        const { tags, ...others } = restoreAttribution(token, { signingKeys })
        const { tags: expectedTags, ...expected } = attribution
        expect(others).toEqual(expected)
        expect(Object.entries(tags ?? {})).toEqual(Object.entries(expectedTags ?? {}))
      }
    }),
    { numRuns: RUNS, seed: 20261124 },
  )
})

/** A token, with something in it exchanged, taken out, put in or doubled. */
const arbitraryChange = fc.record({
  place: fc.nat(),
  taken: fc.nat({ max: 5 }),
  put: fc.oneof(fc.string({ maxLength: 5, unit: 'binary' }), fc.stringMatching(/^[\w.=+/-]{0,5}$/)),
})

test('no token that was changed is trusted', () => {
  let changes = 0
  fc.assert(
    fc.property(arbitraryAttribution, arbitraryChange, (attribution, { place, taken, put }) => {
      const token = serializeAttribution({ signingKey, privacy, attribution })
      const from = place % (token.length + 1)
      const changed = token.slice(0, from) + put + token.slice(from + taken)
      if (changed === token) return
      changes++
      expect(() => restoreAttribution(changed, { signingKeys })).toThrow(RefusedAttribution)
    }),
    { numRuns: RUNS, seed: 20261124 },
  )
  expect(changes).toBeGreaterThan(RUNS / 2)
})

test('nothing else is trusted, whatever it is', () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.string({ unit: 'binary' })), (odd) => {
      expect(() => restoreAttribution(odd, { signingKeys })).toThrow(RefusedAttribution)
    }),
    { numRuns: RUNS, seed: 20261124 },
  )
})
