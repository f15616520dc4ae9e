import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge } from 'costspan'
import { phoenix } from 'costspan/backends'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadFixtures, type Fixture } from '../support/fixtures.ts'
import { replay } from '../support/replay.ts'
import { startPhoenix, type Phoenix } from './phoenix-server.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())

/** A span as Phoenix gives it back. */
interface PhoenixSpan {
  name: string
  span_kind: string
  attributes: Record<string, unknown>
}

const lanes = new Map<string, Fixture[]>()
for (const fixture of loadFixtures()) {
  lanes.set(fixture.lane, [...(lanes.get(fixture.lane) ?? []), fixture])
}

let server: Phoenix
beforeAll(async () => {
  server = await startPhoenix()
}, 600_000)
afterAll(() => server.close())

/** What every AI SDK of a lane recorded, sent to a project of its own as protobuf. */
async function send(lane: string): Promise<{ sent: number; charges: Charge[] }> {
  const charges: Charge[] = []
  let sent = 0
  const counting = {
    onStart: () => {},
    onEnd: () => void sent++,
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
  const costs = new CostSpanProcessor({
    backends: [phoenix],
    onCharge: (charge) => charges.push(charge),
  })
  const exporter = new OTLPTraceExporter({ url: `${server.url}/v1/traces` })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'openinference.project.name': lane }),
    spanProcessors: [counting, costs, new BatchSpanProcessor(exporter)],
  })
  // The scope of AI SDK 7's own spans; all others have `ai`.
  const tracer = provider.getTracer(lane === 'ai-7' || lane === 'ai-7-bare' ? 'gen_ai' : 'ai')
  for (const { scenarios } of lanes.get(lane) ?? []) {
    for (const scenario of scenarios) replay(tracer, scenario)
  }
  await provider.shutdown()
  return { sent, charges }
}

/** Phoenix answers before it has stored. */
async function received(lane: string, count: number): Promise<PhoenixSpan[]> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const spans = await allSpans(lane)
    if (spans.length >= count || Date.now() > deadline) return spans
    await sleep(500)
  }
}

async function allSpans(lane: string): Promise<PhoenixSpan[]> {
  const spans: PhoenixSpan[] = []
  let cursor = ''
  do {
    const query = `limit=500${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`
    const response = await fetch(`${server.url}/v1/projects/${lane}/spans?${query}`)
    if (!response.ok) return []
    const page = (await response.json()) as { data: PhoenixSpan[]; next_cursor: string | null }
    spans.push(...page.data)
    cursor = page.next_cursor ?? ''
  } while (cursor !== '')
  return spans
}

/** What Phoenix itself thinks a project cost, in US dollars. */
async function ownCost(lane: string): Promise<number> {
  const query = '{projects(first:50){edges{node{name costSummary{total{cost}}}}}}'
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  const { data } = (await response.json()) as {
    data: {
      projects: { edges: { node: { name: string; costSummary: { total: { cost: number } } } }[] }
    }
  }
  return (
    data.projects.edges.find(({ node }) => node.name === lane)?.node.costSummary.total.cost ?? 0
  )
}

function byUser(entries: readonly (readonly [user: unknown, usd: unknown])[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [user, usd] of entries) {
    if (typeof usd === 'number') sums.set(String(user), (sums.get(String(user)) ?? 0) + usd)
  }
  return sums
}

describe.each([...lanes.keys()])('Phoenix, sent what %s recorded', (lane) => {
  test('keeps cost and user of every call, which sum up to what was charged', async () => {
    const { sent, charges } = await send(lane)
    const spans = await received(lane, sent)
    expect(spans).toHaveLength(sent)

    const calls = spans.filter(({ attributes }) => attributes['cost.status'] !== undefined)
    expect(calls).toHaveLength(charges.length)
    const kinds = new Set(
      calls
        .filter(({ attributes }) => attributes['cost.usd'] !== undefined)
        .map(({ span_kind }) => span_kind),
    )
    // An embedding or a rerank of AI SDK 4 to 6 says nothing that Phoenix tells a kind by.
    expect([...kinds].filter((kind) => !['LLM', 'EMBEDDING', 'UNKNOWN'].includes(kind))).toEqual([])
    const stored = byUser(
      calls.map(({ attributes }) => [attributes['user.id'], attributes['cost.usd']]),
    )
    const charged = byUser(charges.map(({ attribution, usd }) => [attribution.userId, usd]))
    expect(stored.size).toBe(charged.size)
    for (const [user, usd] of charged) expect(stored.get(user)).toBeCloseTo(usd, 9)

    const total = [...charged.values()].reduce((sum, usd) => sum + usd, 0)
    const own = await ownCost(lane)
    process.stdout.write(
      `${lane.padEnd(12)} ${spans.length} spans, cost.usd ${total.toFixed(6)}, Phoenix's own ${own.toFixed(6)}\n`,
    )
    expect(own).toBeGreaterThan(0)
  }, 180_000)
})
