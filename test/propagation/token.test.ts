import { context, propagation, trace } from '@opentelemetry/api'
import { setAttribution, withAttribution, type AttributionInput } from 'costspan'
import { restoreAttribution } from 'costspan/propagation'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  leaf,
  metadata,
  onlyAttribution,
  register,
  root,
  span,
  tool,
} from '../support/attributed-spans.ts'
import { secret } from './job.ts'
import { ada, encoded, make, refusal, signed, signingKeys } from './tokens.ts'

beforeEach(() => register())
afterEach(() => void vi.useRealTimers())

/** The attribution of a call that has a token, in a process that knows nothing else. */
function attributionBehind(token: unknown): object {
  register()
  withAttribution(restoreAttribution(token, { signingKeys }), () => span(leaf))
  return onlyAttribution()
}

describe('a token', () => {
  test('has the attribution of the active boundary', () => {
    expect(attributionBehind(withAttribution(ada, () => make()))).toEqual(ada)
  })

  test('has what the nearest boundary states, over those further out', () => {
    const token = withAttribution(ada, () => withAttribution({ plan: 'free' }, () => make()))
    expect(attributionBehind(token)).toEqual({ ...ada, plan: 'free' })
  })

  test('has what setAttribution stated since', () => {
    const token = withAttribution(undefined, () => {
      setAttribution({ userId: 'ada' })
      return make()
    })
    expect(attributionBehind(token)).toEqual({ userId: 'ada' })
  })

  test('has what the active span states, and a boundary inside it over that', () => {
    let tokens: string[] = []
    withAttribution(ada, () =>
      span(metadata({ userId: 'bob' }), () => {
        tokens = [make(), withAttribution({ userId: 'eve' }, () => make())]
      }),
    )
    expect(tokens.map(attributionBehind)).toEqual([
      { userId: 'bob', tenantId: 'acme' },
      { userId: 'eve', tenantId: 'acme' },
    ])
  })

  test('has, in a tool of an AI call, the attribution of calls there', () => {
    const inTool: string[] = []
    const spoken = { ...root, ...metadata({ userId: 'bob' }) }
    withAttribution(ada, () =>
      span(spoken, () =>
        span(tool, () => {
          span(leaf)
          inTool.push(
            make(),
            withAttribution({ userId: 'eve' }, () => make()),
          )
        }),
      ),
    )
    expect(onlyAttribution()).toMatchObject({ userId: 'bob' })
    expect(inTool.map(attributionBehind)).toEqual([
      { userId: 'bob', tenantId: 'acme' },
      { userId: 'eve', tenantId: 'acme' },
    ])
  })

  test('has, in a tool of a call, the user that its span has come to name', () => {
    let token = ''
    withAttribution(ada, () =>
      span(root, () =>
        span(tool, () => {
          trace.getActiveSpan()?.setAttribute('user.id', 'bob')
          token = make()
          span(leaf)
        }),
      ),
    )
    expect(onlyAttribution()).toMatchObject({ userId: 'bob' })
    expect(attributionBehind(token)).toMatchObject({ userId: 'bob' })
  })

  test('has, by a copy of the package as a bundler makes one for each route, the same attribution', async () => {
    vi.resetModules()
    const copy = await import('costspan/propagation')
    let token = ''
    span({ ...root, ...metadata({ userId: 'bob' }) }, () =>
      span(tool, () => (token = copy.serializeAttribution({ signingKey: secret.signing }))),
    )
    expect(attributionBehind(token)).toEqual({ userId: 'bob' })
  })

  test('is marked as redacted in a tool of a call whose user was redacted', () => {
    let token = ''
    withAttribution({ userId: 'ada' }, () =>
      span({ ...root, ...metadata({ userId: 'bob@example.com' }) }, () =>
        span(tool, () => (token = make())),
      ),
    )
    expect(restoreAttribution(token, { signingKeys })).toMatchObject({ redacted: true })
  })

  test('has nothing that came in as baggage and was copied onto the span', () => {
    const carried = propagation.setBaggage(
      context.active(),
      propagation.createBaggage({ 'user.id': { value: 'mallory' } }),
    )
    let token = ''
    context.with(carried, () => span({ 'user.id': 'mallory' }, () => (token = make())))
    expect(attributionBehind(token)).toEqual({})
  })

  test('has the attribution that is passed, and nothing of the active boundary', () => {
    const token = withAttribution(ada, () => make({ attribution: { userId: 7 } }))
    expect(attributionBehind(token)).toEqual({ userId: '7' })
  })

  test('is unattributed where no user is known', () => {
    expect(restoreAttribution(make(), { signingKeys })).toEqual({})
    expect(attributionBehind(make())).toEqual({})
  })

  test('is the same after another hop', () => {
    const first = make({ attribution: ada })
    const second = withAttribution(restoreAttribution(first, { signingKeys }), () => make())
    expect(attributionBehind(second)).toEqual(ada)
    expect(
      restoreAttribution(make({ attribution: restoreAttribution(first, { signingKeys }) }), {
        signingKeys,
      }),
    ).toEqual(ada)
  })

  test('leaves out what is empty, and a plan of a span that could be none', () => {
    const attribution = { userId: null, tenantId: '', tags: { '': 'x', feature: '' } }
    expect(restoreAttribution(make({ attribution }), { signingKeys })).toEqual({})
    let token = ''
    span({ 'user.id': 'ada', 'cost.plan': 'p'.repeat(257) }, () => (token = make()))
    expect(attributionBehind(token)).toEqual({ userId: 'ada' })
  })

  test('needs no escape in a URL or a header', () => {
    const token = make({ attribution: { userId: '§ "ü" \n 用户', tags: { 'ö=;,': '🙂' } } })
    expect(token).toMatch(/^cs1\.[\w-]+\.[\w-]{43}$/)
    expect(encodeURIComponent(token)).toBe(token)
  })

  test('has the format of docs/decisions/0013', () => {
    vi.useFakeTimers({ now: 1_800_000_000_000 })
    const payload = encoded({
      e: 1_800_604_800,
      u: 'ada',
      t: 'acme',
      p: 'pro',
      g: [['feature', 'search']],
    })
    expect(make({ attribution: ada })).toBe(signed(payload))
  })

  test('is trusted for seven days and a minute, or as long as it was made for', () => {
    vi.useFakeTimers({ now: 1_800_000_000_000 })
    const token = make({ attribution: ada })
    const brief = make({ attribution: ada, expiresInSeconds: 0.5 })
    vi.setSystemTime(1_800_000_000_000 + 61_000)
    expect([refusal(token), refusal(brief)]).toEqual(['trusted', 'trusted'])
    vi.setSystemTime(1_800_000_000_000 + 61_001)
    expect([refusal(token), refusal(brief)]).toEqual(['trusted', 'expired'])
    vi.setSystemTime(1_800_000_000_000 + 7 * 86_400_000 + 60_000)
    expect(refusal(token)).toBe('trusted')
    vi.setSystemTime(1_800_000_000_000 + 7 * 86_400_000 + 60_001)
    expect(refusal(token)).toBe('expired')
  })

  test('longer than 4,096 characters is not made, and the error names no value', () => {
    const tags = (length: number): AttributionInput => ({
      tags: Object.fromEntries(
        Array.from({ length }, (_, index) => [`tag-${index}`, 'secret'.repeat(40)]),
      ),
    })
    expect(make({ attribution: tags(11) }).length).toBeLessThanOrEqual(4096)
    const tooLong = (): string => make({ attribution: tags(13) })
    expect(tooLong).toThrow(TypeError)
    expect(tooLong).toThrow(/4096 characters, got \d{4}: its tags are too long/)
    expect(tooLong).not.toThrow('secret')
    expect(() => make({ attribution: tags(20_000) })).toThrow('its tags are too long')
  })
})

describe('an id that looks personal', () => {
  const personal = { userId: 'ada@example.com', tenantId: 'acme' }
  const privacy = { pseudonymize: { key: secret.pseudonyms } }

  test('is redacted, and the call behind the token has no other user', () => {
    const token = withAttribution(personal, () => make())
    expect(Buffer.from(token.split('.')[1]!, 'base64url').toString()).not.toContain('ada')
    const restored = restoreAttribution(token, { signingKeys })
    expect(restored).toEqual({ redacted: true, tenantId: 'acme' })
    register()
    withAttribution({ userId: 'the worker itself' }, () =>
      withAttribution(restored, () => span(leaf)),
    )
    expect(onlyAttribution()).toEqual({ tenantId: 'acme' })
  })

  test('is redacted where the active span has it, and as a tag', () => {
    let token = ''
    span(metadata({ userId: 'ada@example.com' }), () => (token = make()))
    expect(restoreAttribution(token, { signingKeys })).toEqual({ redacted: true })
    const tags = { mail: 'ada@example.com', feature: 'search' }
    expect(restoreAttribution(make({ attribution: { tags } }), { signingKeys })).toEqual({
      tags: { feature: 'search' },
    })
  })

  test('stays redacted after another hop', () => {
    const first = restoreAttribution(make({ attribution: personal }), { signingKeys })
    const second = withAttribution(first, () => make())
    expect(restoreAttribution(second, { signingKeys })).toEqual({
      redacted: true,
      tenantId: 'acme',
    })
    expect(restoreAttribution(make({ attribution: first }), { signingKeys })).toEqual({
      redacted: true,
      tenantId: 'acme',
    })
  })

  test('travels as a pseudonym with a key for that, and the same one after another hop', () => {
    const restored = restoreAttribution(make({ attribution: personal, privacy }), { signingKeys })
    expect(restored.userId).toMatch(/^pn_/)
    expect(restored.tenantId).toMatch(/^pn_/)
    const again = make({ attribution: restored, privacy })
    expect(restoreAttribution(again, { signingKeys })).toEqual(restored)
  })

  test('travels if it is to be kept', () => {
    const token = make({ attribution: personal, privacy: { personalIds: 'keep' } })
    expect(restoreAttribution(token, { signingKeys })).toEqual(personal)
  })
})
