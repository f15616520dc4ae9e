import { context, trace, type Attributes } from '@opentelemetry/api'
import { withAttribution, type AttributionInput } from 'costspan'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  exporter,
  leaf,
  metadata,
  onlyAttribution,
  register,
  root,
  runtimeContext,
  span,
  tool,
  tracer,
} from '../support/attributed-spans.ts'

beforeEach(() => register())

describe('the closest statement wins', () => {
  const ada = { userId: 'ada', plan: 'pro', tags: { feature: 'search' } }
  const eve = { userId: 'eve' }
  const within = (who: AttributionInput, run: () => void) => () => withAttribution(who, run)

  test.each<[string, () => void, object]>([
    ['nobody', () => span(leaf), {}],
    ['metadata of the call', () => span({ ...leaf, ...metadata(eve) }), eve],
    [
      'snake case',
      () => span({ ...leaf, ...metadata({ user_id: 'eve', tenant_id: 'acme' }) }),
      { userId: 'eve', tenantId: 'acme' },
    ],
    [
      'runtime context of AI SDK 7',
      () => span({ ...leaf, ...runtimeContext({ userId: 'eve', plan: 'free' }) }),
      { userId: 'eve', plan: 'free' },
    ],
    ['user.id on the call', () => span({ ...leaf, 'user.id': 'eve' }), eve],
    ['metadata over user.id', () => span({ ...leaf, ...metadata(eve), 'user.id': 'bob' }), eve],
    [
      'user.id on a span above that is no AI span',
      () => span({ 'user.id': 'eve' }, () => span(leaf)),
      eve,
    ],
    ['withAttribution', within(ada, () => span(leaf)), ada],
    [
      'an id of 256 characters',
      within({ userId: 'x'.repeat(256) }, () => span(leaf)),
      { userId: 'x'.repeat(256) },
    ],
    ['the call over withAttribution', within(ada, () => span({ ...leaf, ...metadata(eve) })), eve],
    [
      'the root over withAttribution around it',
      within(ada, () => span({ ...root, ...metadata(eve) }, () => span(leaf))),
      eve,
    ],
    [
      'withAttribution inside the root over the root',
      () =>
        span(
          { ...root, ...metadata(eve) },
          within(ada, () => span(leaf)),
        ),
      ada,
    ],
    [
      'the call over withAttribution inside the root',
      () =>
        span(
          root,
          within(ada, () => span({ ...leaf, ...metadata(eve) })),
        ),
      eve,
    ],
    [
      'withAttribution inside withAttribution',
      within(
        ada,
        within(eve, () => span(leaf)),
      ),
      eve,
    ],
    [
      'two inside the root',
      () =>
        span(
          root,
          within(
            ada,
            within(eve, () => span(leaf)),
          ),
        ),
      eve,
    ],
    [
      'one around and one inside the root',
      within(ada, () =>
        span(
          root,
          within(eve, () => span(leaf)),
        ),
      ),
      eve,
    ],
    [
      'a nested call in a tool inherits',
      () =>
        span({ ...root, ...metadata(eve) }, () => span(tool, () => span(root, () => span(leaf)))),
      eve,
    ],
    [
      'across a span that is no AI span',
      () => span({ ...root, ...metadata(eve) }, () => span({}, () => span(leaf))),
      eve,
    ],
    [
      'withAttribution inside a span below an AI span',
      () =>
        span({ ...root, ...metadata(eve) }, () =>
          span(
            {},
            within(ada, () => span({}, () => span(leaf))),
          ),
        ),
      ada,
    ],
    [
      'a nested call with its own user',
      () =>
        span({ ...root, ...metadata(eve) }, () =>
          span(tool, () => span({ ...root, ...metadata({ userId: 'bob' }) }, () => span(leaf))),
        ),
      { userId: 'bob' },
    ],
  ])('%s', (_, run, who) => {
    run()
    expect(onlyAttribution()).toEqual(who)
  })
})

describe('field by field', () => {
  const outer = {
    userId: 'ada',
    tenantId: 'acme',
    plan: 'pro',
    tags: { feature: 'search', team: 'x' },
  }

  test.each<[string, AttributionInput, object]>([
    ['a field that is not stated is inherited', {}, outer],
    [
      'undefined, null and the empty string state nothing',
      { userId: undefined, tenantId: null, plan: '' },
      outer,
    ],
    ['the same user keeps plan and tags', { userId: 'ada' }, outer],
    [
      'tags merge',
      { tags: { feature: 'chat' } },
      { ...outer, tags: { feature: 'chat', team: 'x' } },
    ],
    ['an empty tag states nothing', { tags: { feature: '' } }, outer],
    ['a new plan', { plan: 'free' }, { ...outer, plan: 'free' }],
    [
      'a new user has none of the plan and tags',
      { userId: 'eve' },
      { userId: 'eve', tenantId: 'acme' },
    ],
    [
      'a new user brings plan and tags',
      { userId: 'eve', plan: 'free', tags: { a: 'b' } },
      { userId: 'eve', tenantId: 'acme', plan: 'free', tags: { a: 'b' } },
    ],
    ['a numeric id is an id', { userId: 7, tenantId: 0 }, { userId: '7', tenantId: '0' }],
  ])('%s', (_, inner, who) => {
    withAttribution(outer, () => withAttribution(inner, () => span(leaf)))
    expect(onlyAttribution()).toEqual(who)
  })

  test.each<[string, Attributes, object]>([
    [
      'a new user in metadata drops plan and tags',
      metadata({ userId: 'eve' }),
      { userId: 'eve', tenantId: 'acme' },
    ],
    [
      'a tenant in metadata changes nothing else',
      metadata({ tenantId: 'beta' }),
      { ...outer, tenantId: 'beta' },
    ],
    ['a numeric user in metadata', metadata({ userId: 42 }), { userId: '42', tenantId: 'acme' }],
    ['an empty user in metadata states nothing', metadata({ userId: '' }), outer],
    ['a list of users states nothing', metadata({ userId: ['eve'] }), outer],
    ['true states nothing', metadata({ userId: true }), outer],
    ['NaN states nothing', metadata({ userId: NaN }), outer],
  ])('%s', (_, stated, who) => {
    withAttribution(outer, () => span({ ...leaf, ...stated }))
    expect(onlyAttribution()).toEqual(who)
  })

  test('every AI span of the call carries it, others carry nothing', () => {
    withAttribution(outer, () =>
      span({}, () => span(root, () => span(tool, () => span({}, () => span(leaf))))),
    )
    const [call, below, toolCall, group, above] = exporter
      .getFinishedSpans()
      .map(({ attributes }) => attributes)
    const who = {
      'user.id': 'ada',
      'tenant.id': 'acme',
      'cost.plan': 'pro',
      'cost.tag.feature': 'search',
      'cost.tag.team': 'x',
    }
    for (const each of [call, toolCall, group]) expect(each).toMatchObject(who)
    expect([below, above]).toEqual([{}, {}])
  })

  test('a tag called __proto__ is a tag like any other', () => {
    withAttribution(
      { tags: JSON.parse('{"__proto__":"a","constructor":"b"}') as Record<string, string> },
      () => span(leaf),
    )
    expect(exporter.getFinishedSpans()[0]?.attributes).toMatchObject({
      'cost.tag.__proto__': 'a',
      'cost.tag.constructor': 'b',
    })
  })
})

describe('cost.attribution is none', () => {
  const attributesOf = () => exporter.getFinishedSpans().map(({ attributes }) => attributes)

  test.each<[string, () => void]>([
    ['where no user is named', () => span(root, () => span(leaf))],
    [
      'where only a tenant is named',
      () => span({ ...root, 'tenant.id': 'acme' }, () => span(leaf)),
    ],
    ['where only a plan is named', () => withAttribution({ plan: 'pro' }, () => span(leaf))],
    ['where the user id is an empty string', () => span({ ...leaf, 'user.id': '' })],
    ['where the user id is a list', () => span({ ...leaf, 'user.id': ['ada'] })],
  ])('%s', (_, run) => {
    run()
    for (const attributes of attributesOf()) {
      expect(attributes['cost.attribution']).toBe('none')
      expect(attributes).not.toHaveProperty(['user.id'])
    }
  })

  test('is absent where a user is named, with or without tenant and plan', () => {
    withAttribution({ userId: 'ada', tenantId: 'acme' }, () => span(root, () => span(leaf)))
    span({ ...leaf, 'user.id': 'ada' })
    expect(attributesOf()).toHaveLength(3)
    for (const attributes of attributesOf()) {
      expect(attributes['user.id']).toBe('ada')
      expect(attributes).not.toHaveProperty(['cost.attribution'])
    }
  })

  test('a tenant is kept where the user is not known', () => {
    span({ ...leaf, 'tenant.id': 'acme' })
    expect(attributesOf()).toMatchObject([{ 'tenant.id': 'acme', 'cost.attribution': 'none' }])
  })
})

describe('a user who is named late, inside a tool', () => {
  const lateUser = (): void =>
    void trace.getActiveSpan()?.setAttributes({ 'user.id': 'eve', 'cost.plan': 'free' })

  test.each<[string, (inside: () => void) => void]>([
    ['on the tool itself', (inside) => span(tool, () => (lateUser(), inside()))],
    [
      'on a span of the application in it',
      (inside) => span(tool, () => span({}, () => (lateUser(), inside()))),
    ],
    [
      'on such a span, with another below',
      (inside) => span(tool, () => span({}, () => (lateUser(), span({}, inside)))),
    ],
  ])('%s, pays for the nested call', (_, within) => {
    span({ ...root, ...metadata({ userId: 'ada', plan: 'pro' }) }, () =>
      within(() => span(root, () => span(leaf))),
    )
    expect(onlyAttribution()).toEqual({ userId: 'eve', plan: 'free' })
  })
})

test('a call inside 20,000 nested withAttribution in one span gets their attribution', () => {
  span(root, () => {
    let innermost = context.active()
    for (let depth = 1; depth <= 20_000; depth++) {
      innermost = context.with(innermost, () =>
        withAttribution({ userId: 'ada', tags: { depth: `${depth}` } }, () => context.active()),
      )
    }
    context.with(innermost, () => span(leaf))
  })
  expect(onlyAttribution()).toEqual({ userId: 'ada', tags: { depth: '20000' } })
  expect(exporter.getFinishedSpans()[0]?.attributes).toMatchObject({
    'user.id': 'ada',
    'cost.tag.depth': '20000',
    'cost.status': expect.any(String) as string,
  })
})

test('a user id that is set while the span is open is the attribution of the call', () => {
  withAttribution({ userId: 'ada', plan: 'pro' }, () => {
    const started = tracer.startSpan('call', { attributes: leaf })
    started.setAttribute('user.id', 'eve')
    started.end()
  })
  expect(onlyAttribution()).toEqual({ userId: 'eve' })
})
