import { context } from '@opentelemetry/api'
import { setAttribution, withAttribution, type AttributionInput } from 'costspan'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { forgetPrinted } from '../support/printed.ts'
import {
  contextManager,
  leaf,
  onlyAttribution,
  register,
  span,
  spans,
} from '../support/attributed-spans.ts'

beforeEach(() => register())

describe('withAttribution', () => {
  test('returns what is returned inside, and throws what is thrown', async () => {
    expect(withAttribution({ userId: 'ada' }, () => 7)).toBe(7)
    await expect(
      withAttribution({ userId: 'ada' }, async () => Promise.reject(new Error('mine'))),
    ).rejects.toThrow('mine')
  })

  test('holds for what starts later', async () => {
    await withAttribution({ userId: 'ada' }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      span(leaf)
    })
    expect(onlyAttribution()).toEqual({ userId: 'ada' })
  })

  test.each<[string, unknown, string]>([
    [
      'userId',
      { userId: { secret: 1 } },
      'Expected `userId` to be a string or a finite number, got a value of type object',
    ],
    [
      'userId',
      { userId: NaN },
      'Expected `userId` to be a string or a finite number, got a value of type number',
    ],
    [
      'tenantId',
      { tenantId: ['secret'] },
      'Expected `tenantId` to be a string or a finite number, got an array',
    ],
    [
      'plan',
      { plan: true },
      'Expected `plan` to be a string or a finite number, got a value of type boolean',
    ],
    [
      'tags',
      { tags: 'secret' },
      'Expected `tags` to be an object of strings, got a value of type string',
    ],
    ['tags', { tags: ['secret'] }, 'Expected `tags` to be an object of strings, got an array'],
    [
      'a tag',
      { tags: { feature: { secret: 1 } } },
      'Expected `tags.feature` to be a string or a finite number, got a value of type object',
    ],
    ['all of it', 'secret', 'Expected `attribution` to be an object, got a value of type string'],
    ['all of it', 7, 'Expected `attribution` to be an object, got a value of type number'],
    ['all of it', true, 'Expected `attribution` to be an object, got a value of type boolean'],
  ])('names %s in its error, and no value', (_, attribution, message) => {
    const run = vi.fn<() => void>()
    const call = (): void => withAttribution(attribution as AttributionInput, run)
    expect(call).toThrow(TypeError)
    expect(call).toThrow(message)
    expect(call).not.toThrow('secret')
    expect(run).not.toHaveBeenCalled()
  })

  test.each([null, undefined])('of %s states nothing', (none) => {
    withAttribution({ userId: 'ada', plan: 'pro' }, () =>
      expect(withAttribution(none, () => (span(leaf), 7))).toBe(7),
    )
    expect(onlyAttribution()).toEqual({ userId: 'ada', plan: 'pro' })
  })

  test('without a context manager it runs, and warns once', async () => {
    vi.resetModules()
    const { withAttribution: fresh } = await import('costspan')
    forgetPrinted()
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    context.disable()
    expect(fresh({ userId: 'ada' }, () => 7)).toBe(7)
    fresh({ userId: 'eve' }, () => 8)
    context.setGlobalContextManager(contextManager)
    const printed = warn.mock.calls
    warn.mockRestore()
    expect(printed).toEqual([[expect.stringContaining('without an OpenTelemetry context manager')]])
    expect(JSON.stringify(printed)).not.toMatch(/ada|eve/)
  })
})

describe('setAttribution', () => {
  test('reaches boundaries of another copy of the package: bundlers make one for each route', async () => {
    vi.resetModules()
    const copy = await import('costspan')
    expect(copy.setAttribution).not.toBe(setAttribution)
    const calls = (): void => copy.withAttribution({ tenantId: 'acme' }, () => span(leaf))
    withAttribution({}, () => {
      calls()
      setAttribution({ userId: 'ada' })
      calls()
      copy.setAttribution({ userId: 'bob' })
      span(leaf)
    })
    const users = spans().map(({ attributes }) => attributes['user.id'])
    expect(users).toEqual([undefined, 'ada', 'bob'])
  })

  test('adds to an open boundary what was unknown when it was opened', () => {
    withAttribution(undefined, () => {
      setAttribution({ userId: 'ada', plan: 'pro' })
      span(leaf)
    })
    expect(onlyAttribution()).toEqual({ userId: 'ada', plan: 'pro' })
  })

  test('leaves the fields that it does not name, and takes the plan from another user', () => {
    withAttribution({ userId: 'ada', tenantId: 'acme', plan: 'pro', tags: { a: '1' } }, () => {
      setAttribution({ tags: { b: '2' } })
      span(leaf)
    })
    expect(onlyAttribution()).toEqual({
      userId: 'ada',
      tenantId: 'acme',
      plan: 'pro',
      tags: { a: '1', b: '2' },
    })
    register()
    withAttribution({ userId: 'ada', tenantId: 'acme', plan: 'pro', tags: { a: '1' } }, () => {
      setAttribution({ userId: 'bob' })
      span(leaf)
    })
    expect(onlyAttribution()).toEqual({ userId: 'bob', tenantId: 'acme' })
  })

  test('changes the nearest boundary and no other', () => {
    withAttribution({ userId: 'ada' }, () => {
      withAttribution({ plan: 'pro' }, () => setAttribution({ userId: 'bob' }))
      span(leaf)
    })
    expect(onlyAttribution()).toEqual({ userId: 'ada' })
  })

  test('holds for what has been waiting inside, and not for what is outside', async () => {
    let isKnown = (): void => {}
    const known = new Promise<void>((resolve) => (isKnown = resolve))
    const inside = withAttribution({}, async () => {
      const call = known.then(() => span(leaf))
      setAttribution({ userId: 'ada' })
      await call
    })
    isKnown()
    await inside
    expect(onlyAttribution()).toEqual({ userId: 'ada' })
  })

  test('throws where no boundary is open, and names no value', () => {
    expect(() => setAttribution({ userId: 'secret' })).toThrow(
      /^Expected setAttribution to be called inside withAttribution/,
    )
  })

  test('throws for an id that is none, and changes nothing', () => {
    withAttribution({ userId: 'ada' }, () => {
      const odd = { userId: { secret: 1 } } as unknown as AttributionInput
      expect(() => setAttribution(odd)).toThrow('Expected `userId` to be a string')
      span(leaf)
    })
    expect(onlyAttribution()).toEqual({ userId: 'ada' })
  })
})

describe('what was found late', () => {
  test('setAttribution on an outer boundary reaches one inside that is open already', () => {
    withAttribution({}, () => {
      const outside = context.active()
      withAttribution({ tags: { feature: 'x' } }, () => {
        context.with(outside, () => setAttribution({ userId: 'late' }))
        span(leaf)
      })
    })
    expect(onlyAttribution()).toEqual({ userId: 'late', tags: { feature: 'x' } })
  })

  test('an attribution that is a promise is refused', () => {
    const forgotten = Promise.resolve({ userId: 'ada' }) as AttributionInput
    expect(() => withAttribution(forgotten, () => {})).toThrow(/an object, got a promise/)
  })

  test('a number that may be another one is refused', () => {
    expect(() => withAttribution({ userId: 2 ** 53 }, () => {})).toThrow(/or an exact number/)
  })
})
