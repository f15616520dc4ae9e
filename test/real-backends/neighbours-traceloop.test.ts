import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { costsOf, createProject, expectCostAndUser, type Project } from './neighbours/project.ts'

let project: Project
beforeAll(async () => {
  project = await createProject('traceloop', [
    '@traceloop/node-server-sdk@0.27.0',
    '@vercel/otel@2.1.3',
    '@opentelemetry/context-async-hooks@2.12.0',
    '@opentelemetry/sdk-trace-base@2.12.1',
    '@opentelemetry/sdk-trace-node@2.12.1',
    '@opentelemetry/exporter-trace-otlp-http@0.223.1',
  ])
}, 300_000)
afterAll(() => project?.remove(), 120_000)

const places = ['SDK 2', '@vercel/otel'].flatMap((HOST) =>
  ['costspan first', 'costspan last'].map((ORDER) => ({ HOST, ORDER })),
)

describe.each(places)(
  '@traceloop/node-server-sdk 0.27.0, $HOST, $ORDER',
  (place) => {
    const isTakenApart = place.HOST === '@vercel/otel' && place.ORDER === 'costspan last'
    const sees = isTakenApart ? 'costspan sees what it has left' : 'costspan sees the whole span'
    test.each(['6', '7 with LegacyOpenTelemetry'])(
      `AI SDK %s: ${sees}; Traceloop and the exporter beside it get cost and user, once`,
      async (AI_SDK) => {
        const { theirs, plain, calls } = await project.run('traceloop.mjs', { ...place, AI_SDK })
        const status = isTakenApart ? 'estimated' : 'priced'
        expectCostAndUser(theirs, calls, status)
        expectCostAndUser(plain, calls, status)
      },
    )

    test('it renames and rewrites the spans that others send, who keep user.id', async () => {
      const { plain } = await project.run('traceloop.mjs', { ...place, AI_SDK: '6' })
      const ofTom = plain.filter(({ attributes }) => attributes['user.id'] === 'tom')
      expect(ofTom.map(({ name }) => name)).toEqual([
        'chat gpt-4o-mini',
        'chat gpt-4o-mini',
        'ai.embed.doEmbed',
        'ai.embed',
      ])
      for (const { attributes } of ofTom) {
        expect(attributes['ai.telemetry.metadata.userId']).toBeUndefined()
        expect(attributes['traceloop.association.properties.userId']).toBe('tom')
        expect(attributes['ai.model.provider']).toBeUndefined()
        expect(attributes['ai.response.providerMetadata']).toBeUndefined()
      }
    })

    test('it sends no span of OpenTelemetry of AI SDK 7, unless its scope is set', async () => {
      const silent = await project.run('traceloop.mjs', { ...place, AI_SDK: '7' })
      expect(silent.theirs).toEqual([])
      expectCostAndUser(silent.plain, silent.calls)
      const environment = { ...place, AI_SDK: '7', LIBRARIES: 'gen_ai' }
      const { theirs, plain, calls } = await project.run('traceloop.mjs', environment)
      expectCostAndUser(theirs, calls)
      expectCostAndUser(plain, calls)
    })
  },
  120_000,
)

describe('initialize() of @traceloop/node-server-sdk 0.27.0, given costspan as processor', () => {
  test('AI SDK 6: costspan comes last and sees what Traceloop has left', async () => {
    const { theirs, calls } = await project.run('traceloop-initialize.mjs', { AI_SDK: '6' })
    expectCostAndUser(theirs, calls, 'estimated')
  })

  test('AI SDK 7: Traceloop leaves its spans alone', async () => {
    const { theirs, calls } = await project.run('traceloop-initialize.mjs', { AI_SDK: '7' })
    expectCostAndUser(theirs, calls)
  })

  test('without batches spans leave before they have a cost', async () => {
    const environment = { AI_SDK: '7', BATCH: 'none' }
    const { theirs, calls } = await project.run('traceloop-initialize.mjs', environment)
    expect(theirs.length).toBeGreaterThan(0)
    expect(costsOf(theirs).length).toBeLessThan(calls.length)
  })
}, 120_000)

test.each(['6', '7'])(
  'the set-up of docs/guide/other-processors.md, AI SDK %s: Traceloop gets cost and user, once',
  async (AI_SDK) => {
    const environment = { AI_SDK, SET_UP: 'traceloop' }
    const { theirs, calls } = await project.run('documented.mjs', environment)
    expectCostAndUser(theirs, calls)
  },
  120_000,
)
