import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { setAttribution, withAttribution } from 'costspan'
import type * as propagation from 'costspan/propagation'
import {
  RefusedAttribution,
  restoreAttribution,
  serializeAttribution,
  type RestoreTokenOptions,
} from 'costspan/propagation'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { capturePrinted } from '../support/printed.ts'

const signingKey = '0123456789abcdef-old'
const newKey = '0123456789abcdef-new'
const signingKeys = [signingKey]
const printed = capturePrinted()

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager()))

function reasonOf(token: unknown, options: RestoreTokenOptions): string {
  try {
    restoreAttribution(token, options)
  } catch (error) {
    if (error instanceof RefusedAttribution) return error.reason
    throw error
  }
  return 'trusted'
}

describe('a message that was sent before its producer wrote tokens', () => {
  test.each([undefined, null, ''])(
    '%j is refused as missing, and the error message describes what to do',
    (token) => {
      expect(reasonOf(token, { signingKeys })).toBe('missing')
      expect(reasonOf(token, { signingKeys, missing: 'refuse' })).toBe('missing')
      expect(() => restoreAttribution(token, { signingKeys })).toThrow("`missing: 'nobody'`")
    },
  )

  test.each([undefined, null, ''])('%j is unattributed where the option allows it', (token) => {
    expect(restoreAttribution(token, { signingKeys, missing: 'nobody' })).toEqual({})
  })

  test.each(['ada', 'cs2.a.b', 0, false, {}, [], Number.NaN])(
    'what is there and no token is malformed all the same: %j',
    (token) => {
      expect(reasonOf(token, { signingKeys, missing: 'nobody' })).toBe('malformed')
    },
  )

  test('the option has no other value, and keys are checked even without a token', () => {
    for (const missing of ['ignore', true, null, {}]) {
      const options = { signingKeys, missing } as unknown as RestoreTokenOptions
      expect(() => restoreAttribution(undefined, options)).toThrow('Expected `missing` to be')
    }
    const options = { signingKeys: [], missing: 'nobody' } as const
    expect(() => restoreAttribution(undefined, options)).toThrow('Expected `signingKeys` to be')
  })
})

describe('an unattributed token', () => {
  test.each<[string, (fresh: typeof propagation) => unknown]>([
    ['outside of a boundary', (fresh) => fresh.serializeAttribution({ signingKey })],
    [
      'in a boundary without a user or tenant',
      (fresh) => withAttribution({}, () => fresh.serializeAttribution({ signingKey })),
    ],
    [
      'in one with a plan alone',
      (fresh) => withAttribution({ plan: 'pro' }, () => fresh.serializeAttribution({ signingKey })),
    ],
    ['in baggage', (fresh) => fresh.withAttributionBaggage({ signingKey }, () => undefined)],
  ])('made %s is reported once, with what to do', async (_, make) => {
    vi.resetModules()
    const fresh = await import('costspan/propagation')
    make(fresh)
    make(fresh)
    expect(printed.map(String)).toEqual([
      expect.stringMatching(/without a user or tenant, because .*withAttribution/),
    ])
  })

  test.each([
    [
      'a user in the boundary',
      () => withAttribution({ userId: 'ada' }, () => serializeAttribution({ signingKey })),
    ],
    [
      'a tenant in the boundary',
      () => withAttribution({ tenantId: 'acme' }, () => serializeAttribution({ signingKey })),
    ],
    [
      'a user that is known later',
      () =>
        withAttribution(undefined, () => {
          setAttribution({ userId: 'ada' })
          return serializeAttribution({ signingKey })
        }),
    ],
    [
      'an id that was left out',
      () => withAttribution({ userId: 'a@b.org' }, () => serializeAttribution({ signingKey })),
    ],
    [
      'an attribution that is explicitly empty',
      () => serializeAttribution({ signingKey, attribution: {} }),
    ],
  ])('nothing is reported with %s', (_, make) => {
    expect(make()).toMatch(/^cs1\./)
    expect(printed.map(String).filter((line) => line.includes('without a user or tenant'))).toEqual(
      [],
    )
  })
})

test('keys are rotated as docs/guide/queues.md describes: no token is refused on the way', () => {
  const attribution = { userId: 'ada' }
  const steps = [
    { consumers: [signingKey], producer: signingKey },
    { consumers: [signingKey, newKey], producer: signingKey },
    { consumers: [signingKey, newKey], producer: newKey },
    { consumers: [newKey], producer: newKey },
  ]
  let waiting = serializeAttribution({ signingKey, attribution })
  for (const { consumers, producer } of steps) {
    const token = serializeAttribution({ signingKey: producer, attribution })
    expect(reasonOf(token, { signingKeys: consumers })).toBe('trusted')
    // What the step before sent, unless it has expired before the last step.
    if (consumers.length > 1) expect(reasonOf(waiting, { signingKeys: consumers })).toBe('trusted')
    waiting = token
  }
})
