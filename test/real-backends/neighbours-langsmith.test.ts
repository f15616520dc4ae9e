import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProject, expectCostAndUser, type Project } from './neighbours/project.ts'

let project: Project
beforeAll(async () => {
  project = await createProject('langsmith', [
    'langsmith@0.12.0',
    '@vercel/otel@2.1.3',
    '@opentelemetry/context-async-hooks@2.12.0',
    '@opentelemetry/sdk-trace-base@2.12.1',
    '@opentelemetry/sdk-trace-node@2.12.1',
    '@opentelemetry/exporter-trace-otlp-http@0.223.1',
    '@opentelemetry/exporter-trace-otlp-proto@0.223.1',
  ])
}, 300_000)
afterAll(() => project?.remove(), 120_000)

const places = ['SDK 2', '@vercel/otel'].flatMap((HOST) =>
  ['costspan first', 'costspan last'].map((ORDER) => ({ HOST, ORDER })),
)

describe.each(places)(
  'langsmith 0.12.0, $HOST, $ORDER',
  (place) => {
    test.each(['6', '7 with LegacyOpenTelemetry'])(
      'AI SDK %s: LangSmith and the exporter beside it get cost and user, once',
      async (AI_SDK) => {
        const { theirs, plain, calls } = await project.run('langsmith.mjs', { ...place, AI_SDK })
        expectCostAndUser(theirs, calls)
        expectCostAndUser(plain, calls)
      },
    )

    test('it takes metadata off the spans that others send, who keep user.id', async () => {
      const { plain } = await project.run('langsmith.mjs', { ...place, AI_SDK: '6' })
      const ofTom = plain.filter(({ attributes }) => attributes['user.id'] === 'tom')
      expect(ofTom).toHaveLength(4)
      for (const { attributes } of ofTom) {
        expect(attributes['ai.telemetry.metadata.userId']).toBeUndefined()
        expect(attributes['langsmith.metadata.userId']).toBe('tom')
      }
    })

    test('it sends no span of OpenTelemetry of AI SDK 7; the exporter beside it gets all', async () => {
      const outcome = await project.run('langsmith.mjs', { ...place, AI_SDK: '7' })
      expect(outcome.theirs).toEqual([])
      expectCostAndUser(outcome.plain, outcome.calls)
    })
  },
  120_000,
)

test('the set-up of docs/guide/other-processors.md: LangSmith gets cost and user, once', async () => {
  const environment = { AI_SDK: '7 with LegacyOpenTelemetry', SET_UP: 'langsmith' }
  const { theirs, calls } = await project.run('documented.mjs', environment)
  expectCostAndUser(theirs, calls)
}, 120_000)
