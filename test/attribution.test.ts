import type { Attributes } from '@opentelemetry/api'
import { withAttribution, type AttributionInput } from 'costspan'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  exporter,
  leaf,
  metadata,
  payer,
  register,
  root,
  runtimeContext,
  span,
  tool,
  tracer,
} from './support/payers.ts'

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
    expect(payer()).toEqual(who)
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
    expect(payer()).toEqual(who)
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
    expect(payer()).toEqual(who)
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

test('somebody may be named while the span is open', () => {
  withAttribution({ userId: 'ada', plan: 'pro' }, () => {
    const started = tracer.startSpan('call', { attributes: leaf })
    started.setAttribute('user.id', 'eve')
    started.end()
  })
  expect(payer()).toEqual({ userId: 'eve' })
})
