import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { costsOf, createProject, expectCostAndUser, type Project } from './neighbours/project.ts'

const shared = [
  '@opentelemetry/sdk-trace-base@2.12.1',
  '@opentelemetry/sdk-trace-node@2.12.1',
  '@opentelemetry/exporter-trace-otlp-http@0.223.1',
]

describe('@sentry/node 11.12.0', () => {
  let project: Project
  beforeAll(async () => {
    const packages = ['@sentry/node@11.12.0', '@opentelemetry/context-async-hooks@2.12.0']
    project = await createProject('sentry', [...packages, ...shared])
  }, 300_000)
  afterAll(() => project.remove(), 120_000)

  const cases = ['6', '7'].flatMap((AI_SDK) =>
    ['costspan first', 'costspan last'].map((ORDER) => ({ AI_SDK, ORDER })),
  )
  test.each(cases)(
    'AI SDK $AI_SDK, $ORDER: what is sent to its OTLP endpoint has cost and user, once; it sends no span itself',
    async (environment) => {
      const { plain, theirs, calls } = await project.run('sentry.mjs', environment)
      expectCostAndUser(plain, calls)
      expect(theirs).toEqual([])
    },
  )

  test('the set-up of docs/neighbours.md: cost and user arrive, once', async () => {
    const environment = { AI_SDK: '7', SET_UP: 'sentry' }
    const { plain, calls } = await project.run('documented.mjs', environment)
    expectCostAndUser(plain, calls)
  })

  test.each(['6', '7'])(
    'AI SDK %s, with its own tracer provider: there is no place for costspan, its spans have no cost',
    async (AI_SDK) => {
      const { theirs, output } = await project.run('sentry-own-tracing.mjs', { AI_SDK })
      expect(JSON.parse(output)).toEqual({ isGlobal: false, charges: 0 })
      expect(theirs.length).toBeGreaterThan(5)
      expect(costsOf(theirs)).toEqual([])
    },
  )
}, 120_000)

describe('@sentry/node 10.78.0, which takes processors', () => {
  let project: Project
  beforeAll(async () => {
    project = await createProject('sentry-10', ['@sentry/node@10.78.0', ...shared])
  }, 300_000)
  afterAll(() => project.remove(), 120_000)

  const cases = [
    { AI_SDK: '6', AI_SPANS: 'as Sentry changes them' },
    { AI_SDK: '6', AI_SPANS: 'of the AI SDK' },
    { AI_SDK: '7', AI_SPANS: 'of the AI SDK' },
  ]
  test.each(cases)(
    'AI SDK $AI_SDK, spans $AI_SPANS: Sentry and the exporter beside it get cost and user, once',
    async (environment) => {
      const { theirs, plain, calls } = await project.run('sentry-10.mjs', environment)
      expectCostAndUser(theirs, calls)
      expectCostAndUser(plain, calls)
    },
  )

  test('AI SDK 6: it renames the spans that others send, and leaves their attributes', async () => {
    const environment = { AI_SDK: '6', AI_SPANS: 'as Sentry changes them' }
    const { plain } = await project.run('sentry-10.mjs', environment)
    const agents = plain.filter(({ name }) => name === 'invoke_agent')
    expect(agents.map(({ attributes }) => attributes['ai.operationId'])).toEqual([
      'ai.generateText',
      'ai.streamText',
      'ai.generateText',
    ])
  })

  test('the set-up of docs/neighbours.md: Sentry gets cost and user, once', async () => {
    const environment = { AI_SDK: '7', SET_UP: 'sentry-10' }
    const { theirs, calls } = await project.run('documented.mjs', environment)
    expectCostAndUser(theirs, calls)
  })

  test('AI SDK 7: the spans of Sentry alone do not tell cached tokens, so costs are upper bounds', async () => {
    const environment = { AI_SDK: '7', AI_SPANS: 'of Sentry' }
    const { theirs, calls } = await project.run('sentry-10.mjs', environment)
    const chats = theirs.filter(({ attributes }) => attributes['cost.status'] === 'upper_bound')
    expect(chats).toHaveLength(4)
    expect(costsOf(theirs)).toHaveLength(calls.length)
  })

  test('AI SDK 7: the spans of both count the same calls twice', async () => {
    const { theirs, calls } = await project.run('sentry-10.mjs', { AI_SDK: '7' })
    expect(costsOf(theirs).length).toBeGreaterThan(calls.length)
  })

  test('what its sampler drops, costspan never hears of', async () => {
    const { theirs, plain } = await project.run('sentry-10.mjs', { AI_SDK: '6', SAMPLE_RATE: '0' })
    expect([theirs, plain]).toEqual([[], []])
  })
}, 120_000)
