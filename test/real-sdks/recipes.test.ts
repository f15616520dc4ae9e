import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor } from 'costspan'
import { recordCall, usageFrom } from 'costspan/record'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import { openSetUp, aiSdkSetUps, withTool } from '../support/ai-sdk-set-ups.ts'
import { CopyingExporter, type ExportedSpan } from '../support/pipeline.ts'

/** The recipes of shared/cases/recipes.md, as their readers write them. */

const exporter = new CopyingExporter()
let provider: LoopbackProvider

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({
      spanProcessors: [new CostSpanProcessor(), new SimpleSpanProcessor(exporter)],
    }),
  )
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
  provider = await startProvider({
    reply: ({ body }) => {
      const text = JSON.stringify(body)
      const usage = { uncachedInput: 1000, outputText: 200 }
      return text.includes('"weather"') && !text.includes('"role":"tool"')
        ? { toolCalls: [{ name: 'weather', input: { city: 'Bern' } }], usage }
        : { text: 'Sunny.', usage }
    },
  })
})
afterAll(() => provider.close())
beforeEach(() => {
  exporter.spans.length = 0
  provider.calls.length = 0
})

function calls(): ExportedSpan[] {
  return exporter.spans.filter(({ attributes }) => attributes['cost.status'] !== undefined)
}

function expectBilled(): void {
  const billed = provider.calls.reduce((sum, { usd = 0 }) => sum + usd, 0)
  const priced = calls().reduce((sum, { attributes }) => sum + Number(attributes['cost.usd']), 0)
  expect(calls()).toHaveLength(provider.calls.length)
  expect(priced).toBeCloseTo(billed, 9)
}

test.each(aiSdkSetUps.slice(0, 3))(
  'recipe 2, metadata of a call as it is in $name',
  async (lane) => {
    const opened = await openSetUp(lane, provider.url)
    const tools = withTool(opened, lane.lane, () => Promise.resolve('Sunny.'))
    const answer = opened.sdk.streamText({
      model: opened.models.language('gpt-4o-mini'),
      prompt: 'How is the weather?',
      ...tools,
      experimental_telemetry: { isEnabled: true, metadata: { userId: 'u_42', plan: 'pro' } },
    })
    await answer.consumeStream()
    expectBilled()
    for (const { attributes } of calls()) {
      expect(attributes).toMatchObject({
        'user.id': 'u_42',
        'cost.plan': 'pro',
        'cost.status': 'priced',
      })
    }
  },
)

test.each(['chat/completions', 'responses'])(
  'recipe 3, a fetch to %s in a worker and one event after it',
  async (endpoint) => {
    const started = Date.now()
    const response = await fetch(`${provider.url}/openai/v1/${endpoint}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'gpt-4o-mini',
        ...(endpoint === 'responses'
          ? { input: 'Summarise.' }
          : { messages: [{ role: 'user', content: 'Summarise.' }] }),
      }),
    })
    recordCall({
      provider: 'openai',
      model: 'gpt-4o-mini',
      startTime: started,
      endTime: Date.now(),
      usage: usageFrom(await response.json()),
      attribution: { userId: 'u_42', tenantId: 'acme', tags: { release: process.env['RELEASE'] } },
    })
    expectBilled()
    expect(calls()[0]?.attributes).toMatchObject({
      'user.id': 'u_42',
      'tenant.id': 'acme',
      'cost.status': 'priced',
    })
    expect(Object.keys(calls()[0]?.attributes ?? {}).join()).not.toContain('cost.tag.')
  },
)
