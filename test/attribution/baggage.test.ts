import {
  context,
  propagation,
  ROOT_CONTEXT,
  trace,
  type Attributes,
  type Context,
} from '@opentelemetry/api'
import { ALLOW_ALL_BAGGAGE_KEYS, BaggageSpanProcessor } from '@opentelemetry/baggage-span-processor'
import { W3CBaggagePropagator } from '@opentelemetry/core'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { LangfuseSpanProcessor } from '@langfuse/otel'
import { CostSpanProcessor, withAttribution } from 'costspan'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  exporter,
  leaf,
  onlyAttribution,
  register,
  root,
  span,
  tracer,
} from '../support/attributed-spans.ts'

beforeEach(() => register())

describe('untrusted baggage is never the attribution of a call', () => {
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
    expect(onlyAttribution()).toEqual({})
  })

  test.each([
    ['on its own', () => span(leaf)],
    ['on the root', () => span(root, () => span(leaf))],
    ['on a span above', () => span({}, () => span(leaf))],
  ])('also where another processor copies it onto spans: %s', (_, run) => {
    register(new BaggageSpanProcessor((key) => key === 'user.id'))
    context.with(carried, run)
    expect(onlyAttribution()).toEqual({})
  })

  test('also not for tenant and plan', () => {
    register(new BaggageSpanProcessor((key) => ['tenant.id', 'cost.plan'].includes(key)))
    context.with(carried, () => span(leaf))
    expect(onlyAttribution()).toEqual({})
  })

  const names = [
    'user.id',
    'tenant.id',
    'cost.plan',
    ...['ai.telemetry.metadata.', 'ai.settings.context.'].flatMap((prefix) =>
      ['userId', 'user_id', 'tenantId', 'tenant_id', 'plan'].map((name) => prefix + name),
    ),
  ]
  const all = propagation.setBaggage(
    context.active(),
    propagation.createBaggage(
      Object.fromEntries(names.map((name) => [name, { value: 'mallory' }])),
    ),
  )
  const copied = (name: string): Attributes => ({ [name]: 'mallory' })

  test.each(names)('not as %s: at the start, on the span above, and before the end', (name) => {
    context.with(all, () => span({ ...leaf, ...copied(name) }))
    expect(onlyAttribution()).toEqual({})
    register()
    context.with(all, () => span({ ...root, ...copied(name) }, () => span(leaf)))
    expect(onlyAttribution()).toEqual({})
    register()
    context.with(all, () => span(copied(name), () => span(leaf)))
    expect(onlyAttribution()).toEqual({})
    register()
    context
      .with(all, () => tracer.startSpan('late', { attributes: leaf }))
      .setAttributes(copied(name))
      .end()
    expect(onlyAttribution()).toEqual({})
    register()
    context.with(all, () =>
      span(root, () => {
        trace.getActiveSpan()?.setAttributes(copied(name))
        span(leaf)
      }),
    )
    expect(onlyAttribution()).toEqual({})
  })

  test('an untrusted id is removed from every AI span', () => {
    register(new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS))
    context.with(carried, () => span(root, () => span(leaf)))
    const finished = exporter.getFinishedSpans()
    expect(finished).toHaveLength(2)
    for (const { attributes } of finished) {
      expect(attributes['cost.attribution']).toBe('none')
      for (const name of ['user.id', 'tenant.id', 'cost.plan'])
        expect(attributes).not.toHaveProperty([name])
    }
  })

  test('so is an untrusted id that is written late', () => {
    const late = context.with(carried, () => tracer.startSpan('late', { attributes: leaf }))
    late.setAttributes({ 'user.id': 'mallory', 'tenant.id': 'mallory-inc', 'cost.plan': 'free' })
    late.end()
    const [attributes] = exporter.getFinishedSpans().map((finished) => finished.attributes)
    expect(attributes).toMatchObject({ 'cost.attribution': 'none' })
    for (const name of ['user.id', 'tenant.id', 'cost.plan'])
      expect(attributes).not.toHaveProperty([name])
  })

  test('an id that no entry holds is trusted; one that any entry holds is not: processors rename entries', () => {
    context.with(carried, () => span({ ...leaf, 'user.id': 'ada', 'tenant.id': 'mallory' }))
    expect(onlyAttribution()).toEqual({ userId: 'ada' })
  })

  test('a number is compared as the text that baggage is', () => {
    const numeric = propagation.setBaggage(
      context.active(),
      propagation.createBaggage({ 'user.id': { value: '7' } }),
    )
    context.with(numeric, () => span({ ...leaf, 'user.id': 7 }))
    expect(onlyAttribution()).toEqual({})
  })

  test('an id that the application states beside the copy is trusted', () => {
    context.with(carried, () =>
      span({ ...leaf, 'user.id': 'mallory', 'ai.telemetry.metadata.userId': 'ada' }),
    )
    expect(onlyAttribution()).toEqual({ userId: 'ada' })
    expect(exporter.getFinishedSpans()[0]?.attributes['user.id']).toBe('ada')
  })

  test('a copy does not hide the attribution that the application states', () => {
    register(new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS))
    context.with(carried, () =>
      withAttribution({ userId: 'ada', tenantId: 'acme', plan: 'pro' }, () =>
        span(root, () => span(leaf)),
      ),
    )
    expect(onlyAttribution()).toEqual({ userId: 'ada', tenantId: 'acme', plan: 'pro' })
    for (const { attributes } of exporter.getFinishedSpans())
      expect(attributes).toMatchObject({ 'user.id': 'ada', 'tenant.id': 'acme' })
  })
})

describe('baggage that the sender of a request addresses to other processors', () => {
  const withHeader = (header: string): Context =>
    new W3CBaggagePropagator().extract(
      ROOT_CONTEXT,
      { baggage: header },
      { get: (carrier: { baggage: string }) => carrier.baggage, keys: () => ['baggage'] },
    )

  test.each(['before', 'after'] as const)('is untrusted: Langfuse’s, %s costspan', (place) => {
    const langfuse = new LangfuseSpanProcessor({ exporter: new InMemorySpanExporter() })
    const spanProcessor = langfuse as unknown as SpanProcessor
    const costs = new CostSpanProcessor()
    const memory = new InMemorySpanExporter()
    const inOrder = place === 'before' ? [spanProcessor, costs] : [costs, spanProcessor]
    const provider = new BasicTracerProvider({
      spanProcessors: [...inOrder, new SimpleSpanProcessor(memory)],
    })
    context.with(withHeader('langfuse_user_id=victim'), () =>
      withAttribution({ userId: 'mallory' }, () =>
        provider.getTracer('ai').startSpan('call', { attributes: leaf }).end(),
      ),
    )
    expect(memory.getFinishedSpans()[0]?.attributes['user.id']).toBe('mallory')
  })

  test('is removed under names of costspan: a cost on a group, a status, a tag', () => {
    register(new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS))
    const forged = withHeader('cost.usd=-100,cost.status=priced,cost.tag.team=other')
    context.with(forged, () =>
      withAttribution({ userId: 'ada', tags: { team: 'search' } }, () =>
        span(root, () => span(leaf)),
      ),
    )
    const [call, group] = exporter.getFinishedSpans().map(({ attributes }) => attributes)
    expect(call).toMatchObject({ 'cost.status': 'priced', 'cost.tag.team': 'search' })
    expect(call?.['cost.usd']).toBeGreaterThan(0)
    expect(group).not.toHaveProperty(['cost.usd'])
    expect(group).not.toHaveProperty(['cost.status'])
    expect(group).toMatchObject({ 'cost.tag.team': 'search' })
  })
})
