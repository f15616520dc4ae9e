import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { costsOf, createProject, expectCostAndUser, type Project } from './neighbours/project.ts'

const shared = [
  '@opentelemetry/sdk-trace-base@2.12.1',
  '@opentelemetry/sdk-trace-node@2.12.1',
  '@opentelemetry/exporter-trace-otlp-http@0.223.1',
]

type Recorded = Record<string, { readonly spans: readonly RecordedSpan[] }>

interface RecordedSpan {
  readonly above?: number
  readonly scope: string
  readonly name: string
  readonly start: object
  readonly end: object
}

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '../real-sdks/processors/sentry-10.json'), 'utf8'),
) as Record<string, Recorded>

/** What costspan tells them by: who wrote which span below which, and the names of attributes. */
function outlineOf(scenarios: Recorded = {}): object {
  return Object.entries(scenarios).map(([name, { spans }]) => [
    name,
    spans.map(({ above, scope, name: span, start, end }) => [
      `${above ?? 'root'}: ${span} of ${scope}`,
      Object.keys(start).toSorted(),
      Object.keys(end).toSorted(),
    ]),
  ])
}

describe('@sentry/node 11.12.0', () => {
  let project: Project
  beforeAll(async () => {
    const packages = ['@sentry/node@11.12.0', '@opentelemetry/context-async-hooks@2.12.0']
    project = await createProject('sentry', [...packages, ...shared])
  }, 300_000)
  afterAll(() => project?.remove(), 120_000)

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

  test('the set-up of docs/guide/other-processors.md: cost and user arrive, once', async () => {
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
  afterAll(() => project?.remove(), 120_000)

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

  test('the set-up of docs/guide/other-processors.md: Sentry gets cost and user, once', async () => {
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

  const beside = ['7', '7 with LegacyOpenTelemetry'].flatMap((AI_SDK) => [
    { AI_SDK, ORDER: 'costspan first', REQUEST: 'around all' },
    { AI_SDK, ORDER: 'costspan last', REQUEST: 'around all' },
    { AI_SDK, ORDER: 'costspan first', REQUEST: 'none' },
  ])
  test.each(beside)(
    'AI SDK $AI_SDK, its spans beside those of the AI SDK, $ORDER, request $REQUEST: cost and user once',
    async (environment) => {
      const { theirs, plain, calls } = await project.run('sentry-10.mjs', environment)
      expectCostAndUser(theirs, calls)
      expectCostAndUser(plain, calls)
      const carried = plain.filter(
        ({ attributes }) =>
          attributes['sentry.origin'] === 'auto.vercelai.channel' &&
          attributes['cost.reason'] === 'carried_by_another_span',
      )
      expect(carried).toHaveLength(calls.length)
    },
  )

  test.each(['OpenTelemetry', 'LegacyOpenTelemetry'])(
    'AI SDK 7 with %s: the spans are those that the main suite replays',
    async (integration) => {
      const AI_SDK = integration === 'OpenTelemetry' ? '7' : '7 with LegacyOpenTelemetry'
      const { output } = await project.run('sentry-recording.mjs', { AI_SDK })
      const [line = ''] = output.split('\n')
      expect(outlineOf(JSON.parse(line) as Recorded)).toEqual(outlineOf(recorded[integration]))
    },
  )

  test.each([
    ['of Sentry', /ReadableStream is locked/],
    ['of the AI SDK', /complete$/],
  ])('AI SDK 7, spans %s: a stream that offers tools ends with %s', async (AI_SPANS, ended) => {
    const { output } = await project.run('sentry-10-stream-with-tools.mjs', { AI_SPANS })
    expect(output).toMatch(ended)
  })

  test('costspan receives no span that its sampler drops', async () => {
    const { theirs, plain } = await project.run('sentry-10.mjs', { AI_SDK: '6', SAMPLE_RATE: '0' })
    expect([theirs, plain]).toEqual([[], []])
  })
}, 120_000)
