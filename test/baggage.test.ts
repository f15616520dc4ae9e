import { context, propagation, type Context } from '@opentelemetry/api'
import { ALLOW_ALL_BAGGAGE_KEYS, BaggageSpanProcessor } from '@opentelemetry/baggage-span-processor'
import { withAttribution } from 'costspan'
import { beforeEach, describe, expect, test } from 'vitest'
import { exporter, leaf, payer, register, root, span } from './support/payers.ts'

beforeEach(() => register())

describe('baggage from outside is never a payer', () => {
  const carried: Context = propagation.setBaggage(
    context.active(),
    propagation.createBaggage({
      'user.id': { value: 'mallory' },
      'tenant.id': { value: 'mallory-inc' },
      'cost.plan': { value: 'free' },
      'ai.telemetry.metadata.userId': { value: 'mallory' },
    }),
  )

  test.each([
    ['on its own', () => span(leaf)],
    ['on the root', () => span(root, () => span(leaf))],
    ['on a span above', () => span({}, () => span(leaf))],
  ])('%s', (_, run) => {
    context.with(carried, run)
    expect(payer()).toEqual({})
  })

  test.each([
    ['on its own', () => span(leaf)],
    ['on the root', () => span(root, () => span(leaf))],
    ['on a span above', () => span({}, () => span(leaf))],
  ])('nor where another processor copies it onto spans: %s', (_, run) => {
    register(new BaggageSpanProcessor((key) => key === 'user.id'))
    context.with(carried, run)
    expect(payer()).toEqual({})
  })

  test('nor tenant and plan', () => {
    register(new BaggageSpanProcessor((key) => ['tenant.id', 'cost.plan'].includes(key)))
    context.with(carried, () => span(leaf))
    expect(payer()).toEqual({})
  })

  test('nor does it hide who pays', () => {
    register(new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS))
    context.with(carried, () =>
      withAttribution({ userId: 'ada', tenantId: 'acme', plan: 'pro' }, () =>
        span(root, () => span(leaf)),
      ),
    )
    expect(payer()).toEqual({ userId: 'ada', tenantId: 'acme', plan: 'pro' })
    for (const { attributes } of exporter.getFinishedSpans())
      expect(attributes).toMatchObject({ 'user.id': 'ada', 'tenant.id': 'acme' })
  })
})
