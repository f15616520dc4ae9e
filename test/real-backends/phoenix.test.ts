import { OpenInferenceBatchSpanProcessor } from '@arizeai/openinference-vercel'
import { LangfuseSpanProcessor } from '@langfuse/otel'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge } from 'costspan'
import { braintrust, datadog, langfuse, phoenix } from 'costspan/backends'
import { sendTo } from 'costspan/otlp'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadFixtures, type Fixture } from '../support/fixtures.ts'
import { expectRow } from '../real-sdks/compatibility/compatibility-table.ts'
import { CopyingExporter } from '../support/pipeline.ts'
import { replay } from '../support/replay.ts'
import { startCollectorStack, type CollectorStack } from './collector-stack.ts'
import { startChromium } from './chromium.ts'
import { runMixed, type MixedRun } from './mixed-run.ts'
import { readProject, type PhoenixSpan } from './phoenix-client.ts'
import { differenceTo } from './phoenix-difference.ts'
import { CALLS, pageProgram, PROJECT, revenue, sendCalls, spent } from './phoenix-questions.ts'
import { PHOENIX, startPhoenix, type Phoenix } from './phoenix-server.ts'
import { byUser } from './by-user.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())

const lanes = new Map<string, Fixture[]>()
for (const fixture of loadFixtures()) {
  lanes.set(fixture.lane, [...(lanes.get(fixture.lane) ?? []), fixture])
}

let server: Phoenix
beforeAll(async () => {
  server = await startPhoenix()
  process.env['PHOENIX_COLLECTOR_ENDPOINT'] = server.url
}, 600_000)
afterAll(async () => {
  delete process.env['PHOENIX_COLLECTOR_ENDPOINT']
  await server?.close()
})

/** What every AI SDK of a lane recorded, sent to a project of its own as protobuf. */
async function send(lane: string): Promise<{ sent: number; charges: Charge[] }> {
  const charges: Charge[] = []
  const ended = new Set<string>()
  const noting = {
    onStart: () => {},
    onEnd: (span: ReadableSpan) => void ended.add(span.spanContext().spanId),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
  const { backends, exporters } = sendTo('phoenix')
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'openinference.project.name': lane }),
    spanProcessors: [
      noting,
      new CostSpanProcessor({ backends, onCharge: (charge) => charges.push(charge) }),
      ...exporters.map((exporter) => new BatchSpanProcessor(exporter)),
    ],
  })
  // The scope of AI SDK 7's own spans; all others have `ai`.
  const tracer = provider.getTracer(lane === 'ai-7' || lane === 'ai-7-bare' ? 'gen_ai' : 'ai')
  for (const { scenarios } of lanes.get(lane) ?? []) {
    for (const scenario of scenarios) replay(tracer, scenario)
  }
  await provider.shutdown()
  // No backend receives a call whose span never ends.
  return { sent: ended.size, charges: charges.filter(({ spanId }) => ended.has(spanId)) }
}

describe.each([...lanes.keys()])('Phoenix, sent what %s recorded', (lane) => {
  let spans: PhoenixSpan[]
  let calls: PhoenixSpan[]
  let charges: Charge[]
  let sent: number
  beforeAll(async () => {
    ;({ sent, charges } = await send(lane))
    spans = await readProject(server.url, lane, sent)
    calls = spans.filter(({ attributes }) => attributes['cost.status'] !== undefined)
  }, 180_000)

  test('keeps cost and user of every call, which sum up to what was charged', () => {
    expect(spans).toHaveLength(sent)
    expect(calls).toHaveLength(charges.length)
    const stored = byUser(
      calls.map(({ attributes }) => [attributes['user.id'], attributes['cost.usd']]),
    )
    const charged = byUser(charges.map(({ attribution, usd }) => [attribution.userId, usd]))
    expect(stored.size).toBe(charged.size)
    for (const [user, usd] of charged) expect(stored.get(user)).toBeCloseTo(usd, 9)
  })

  test('takes every call for one, and prices nothing above it', () => {
    const kinds = new Set(
      calls
        .filter(({ attributes }) => attributes['cost.usd'] !== undefined)
        .map(({ kind }) => kind),
    )
    // An embedding or a rerank of AI SDK 4 to 6 has no attribute from which Phoenix derives a kind.
    expect([...kinds].filter((kind) => !['llm', 'embedding', 'unknown'].includes(kind))).toEqual([])
    const above = spans.filter((span) => !calls.includes(span))
    expect(above.filter(({ ownUsd }) => ownUsd !== undefined)).toEqual([])
  })

  test('counts the tokens that were charged', () => {
    const bySpan = new Map(charges.map((charge) => [charge.spanId, charge]))
    for (const { spanId, attributes } of calls) {
      const { usd, usage } = bySpan.get(spanId) ?? {}
      if (usd === undefined || usage === undefined) continue
      const written = usage.cacheWrite5m + usage.cacheWrite1h
      expect(attributes).toMatchObject({
        'llm.token_count.prompt': usage.input + usage.cacheRead + written + usage.audioInput,
        'llm.token_count.completion': usage.output + usage.audioOutput,
      })
      expect(attributes['llm.token_count.prompt_details.cache_read'] ?? 0).toBe(usage.cacheRead)
    }
  })

  test('differs in its own price only where it is known why', () => {
    const bySpan = new Map(charges.map((charge) => [charge.spanId, charge]))
    const reasons = new Map<string, number>()
    const unexplained: unknown[] = []
    for (const span of calls) {
      const charge = bySpan.get(span.spanId)
      if (charge === undefined) throw new Error('a call without a charge')
      const reason = differenceTo(charge, span)
      if (reason === undefined) {
        unexplained.push([charge.call.requestModel, charge.usd, span.ownUsd, charge.usage])
      }
      reasons.set(String(reason), (reasons.get(String(reason)) ?? 0) + 1)
    }
    expect(unexplained).toEqual([])
    expect(reasons.get('equal')).toBeGreaterThan(calls.length / 2)
    const list = [...reasons].map(([reason, times]) => `${times} ${reason}`).join('; ')
    process.stdout.write(`Phoenix's own price beside ours, ${lane}: ${list}\n`)
  })
})

test('the page of a trace in Phoenix shows the user and the cost', async () => {
  const spans = await readProject(server.url, 'ai-7', 1)
  const isCall = ({ kind, attributes }: PhoenixSpan): boolean =>
    kind === 'llm' && attributes['cost.plan'] !== undefined
  const traceOf = ({ page }: PhoenixSpan): string => page.split('?')[0] ?? ''
  const lengths = new Map<string, number>()
  for (const span of spans) lengths.set(traceOf(span), (lengths.get(traceOf(span)) ?? 0) + 1)
  // The longest trace is the best picture.
  const [call] = spans
    .filter(isCall)
    .toSorted((one, other) => (lengths.get(traceOf(other)) ?? 0) - (lengths.get(traceOf(one)) ?? 0))
  if (call === undefined) throw new Error('no call of a plan')
  const chromium = await startChromium()
  try {
    const page = await chromium.openPage()
    await page.setViewport({ width: 1200, height: 800 })
    await page.goto(`${server.url}${call.page}`)
    const tab = `[...document.querySelectorAll('[role=tab]')].find((tab) => /Attributes/.test(tab.textContent))`
    await page.waitForFunction(tab, { timeout: 60_000 })
    await page.evaluate(`${tab}.click()`)
    await page.waitForFunction(`document.body.innerText.includes('cost.usd')`)
    const shown = String(await page.evaluate('document.body.innerText'))
    for (const name of ['user.id', 'cost.usd', 'cost.plan']) {
      expect(shown).toContain(name)
      expect(shown).toContain(String(call.attributes[name]))
    }
    if (process.env['SCREENSHOTS'] !== undefined) {
      const row = `[...document.querySelectorAll('td')].find((cell) => cell.innerText.trim() === 'cost.usd')`
      await page.evaluate(`void ${row}.scrollIntoView({ block: 'center' })`)
      writeFileSync('docs/images/phoenix-trace.png', await page.screenshot())
    }
  } finally {
    await chromium.close()
  }
}, 180_000)

test('the Python of docs/backends/phoenix.md answers the four questions', async () => {
  await sendCalls()
  await readProject(server.url, PROJECT, CALLS)
  const printed = await server.python(pageProgram(), { 'revenue.csv': revenue })
  // Each figure is in a line of its own, behind what it is of.
  const figure = (of: string): number[] =>
    [...printed.matchAll(new RegExp(`^${of} +(.+)$`, 'gm'))].map(([, line = '']) =>
      Number(line.trim().split(/ +/)[0]),
    )
  expect(figure('tom')[0]).toBeCloseTo(spent.tom, 9)
  expect(figure('noor')[0]).toBeCloseTo(spent.noor, 9)
  expect(figure('priced')).toEqual([CALLS])
  expect(figure('free')).toEqual([spent.tom])
  expect(figure('pro')).toEqual([spent.noor])
  expect(figure('acme')).toEqual([spent.tom])
  expect(printed).toMatch(/^globex +0\.014 +0\.50? +0\.028$/m)
}, 180_000)

describe('an app on all AI SDK majors, with four processors in one pipeline', () => {
  let stack: CollectorStack
  let run: MixedRun
  const throughLangfuse = new CopyingExporter()
  beforeAll(async () => {
    stack = await startCollectorStack()
    const [toPhoenix, toCollector] = sendTo('phoenix', {
      name: 'collector',
      url: stack.tracesUrl,
    }).exporters
    if (toPhoenix === undefined || toCollector === undefined) throw new Error('no exporters')
    run = await runMixed(
      [
        new CostSpanProcessor({ backends: [phoenix, langfuse, braintrust, datadog] }),
        new LangfuseSpanProcessor({ exporter: throughLangfuse }),
        new OpenInferenceBatchSpanProcessor({ exporter: toPhoenix }),
        new BatchSpanProcessor(toCollector),
      ],
      { resource: { 'openinference.project.name': 'mixed' } },
    )
  }, 900_000)
  afterAll(() => stack?.close())

  test('sums per user in Phoenix are what the provider billed', async () => {
    const spans = await readProject(server.url, 'mixed', run.requests)
    const calls = spans.filter(({ attributes }) => attributes['cost.status'] !== undefined)
    expect(calls).toHaveLength(run.requests)
    expectBilled(
      byUser(calls.map(({ attributes }) => [attributes['user.id'], attributes['cost.usd']])),
      run,
    )
    const proof = `the real server, ${PHOENIX.split('==')[1]}, \`npm run test:backends\``
    expectRow('Arize Phoenix', ['yes', 'yes, on the span', 'yes', 'yes', 'yes', proof])
  }, 180_000)

  test('sums per user in ClickHouse are what the provider billed', async () => {
    await stack.waitForRows('charges', run.requests)
    const rows = await stack.query('SELECT user_id, sum(usd) AS usd FROM charges GROUP BY user_id')
    expectBilled(byUser(rows.map(({ user_id, usd }) => [user_id, Number(usd)])), run)
    const tokens = 'as the AI SDK writes them'
    const proof = 'the real Collector and ClickHouse’s engine, `npm run test:backends`'
    expectRow('ClickHouse, by the Collector', ['yes', 'yes', 'yes', 'yes', tokens, proof])
  }, 180_000)

  test('the processor of Langfuse hands on as many calls, and none of their cost is lost', () => {
    const sums = byUser(
      throughLangfuse.spans.map(({ attributes }) => [
        attributes['user.id'],
        attributes['gen_ai.usage.cost'],
      ]),
    )
    expectBilled(sums, run)
  })
})

function expectBilled(sums: ReadonlyMap<string, number>, { billed }: MixedRun): void {
  expect([...sums.keys()].toSorted()).toEqual([...billed.keys()].toSorted())
  for (const [user, usd] of billed) expect(sums.get(user)).toBeCloseTo(usd, 9)
}
