import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProject, expectCostAndUser, type Project } from './neighbours/project.ts'

let project: Project
beforeAll(async () => {
  project = await createProject('node-sdk', [
    '@opentelemetry/sdk-node@0.223.0',
    '@opentelemetry/sdk-trace-base@2.12.1',
    '@opentelemetry/exporter-trace-otlp-http@0.223.1',
  ])
}, 300_000)
afterAll(() => project?.remove(), 120_000)

describe('NodeSDK of @opentelemetry/sdk-node 0.223.0', () => {
  const cases = ['6', '7'].flatMap((AI_SDK) =>
    ['costspan first', 'costspan last'].map((ORDER) => ({ AI_SDK, ORDER })),
  )
  test.each(cases)('AI SDK $AI_SDK, $ORDER: cost and user arrive, once', async (environment) => {
    const { plain, calls } = await project.run('node-sdk.mjs', environment)
    expectCostAndUser(plain, calls)
  })

  test('the set-up of docs/guide/other-processors.md: cost and user arrive, once', async () => {
    const environment = { AI_SDK: '7', SET_UP: 'node-sdk' }
    const { plain, calls } = await project.run('documented.mjs', environment)
    expectCostAndUser(plain, calls)
  })

  test('an exporter that is given beside the processors gets nothing', async () => {
    const { plain, calls } = await project.run('node-sdk-exporter.mjs', { AI_SDK: '7' })
    expect(calls).toHaveLength(5)
    expect(plain).toEqual([])
  })
}, 120_000)
