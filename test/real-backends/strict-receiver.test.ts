import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge } from 'costspan'
import { arize, braintrust, datadog, langfuse } from 'costspan/backends'
import { sendTo, type TraceExporter } from 'costspan/otlp'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { loadFixtures } from '../support/fixtures.ts'
import { replay } from '../support/replay.ts'
import { installFromPyPi, temporaryFolder } from './install.ts'
import { startServer, type RunningServer } from './server.ts'

const OFFICIAL = ['opentelemetry-proto==1.45.2']

/** A span as the official classes read it, with the type of every value and the way it came. */
interface TakenSpan {
  name: string
  attributes: Record<string, { type: string; value: unknown }>
  kind: string
  encoding: string
  inChunks: boolean
}

context.setGlobalContextManager(new AsyncLocalStorageContextManager())
const folder = temporaryFolder('strict-receiver')
let server: RunningServer
let url: string

beforeAll(async () => {
  const binaries = await installFromPyPi(folder.path, OFFICIAL)
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  server = await startServer(
    [join(binaries, 'python'), join(import.meta.dirname, 'strict-receiver.py'), String(port)],
    { log: join(folder.path, 'log'), ready: `${url}/spans` },
  )
}, 300_000)
afterAll(async () => {
  await server?.stop()
  folder.remove()
})
afterEach(() => {
  delete process.env['OTEL_EXPORTER_OTLP_COMPRESSION']
})

const taken = async (): Promise<TakenSpan[]> =>
  (await (await fetch(`${url}/spans`)).json()) as TakenSpan[]

/** Every recorded scenario of every AI SDK major. */
async function sendAll(exporter: TraceExporter): Promise<{ spans: number; charges: Charge[] }> {
  const charges: Charge[] = []
  const failures: unknown[] = []
  let spans = 0
  const watched: TraceExporter = {
    export: (batch, done) =>
      exporter.export(batch, (result) => {
        spans += batch.length
        if (result.error !== undefined) failures.push(result.error)
        done(result)
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  }
  const tracing = new BasicTracerProvider({
    spanProcessors: [
      new CostSpanProcessor({
        backends: [langfuse, arize, braintrust, datadog],
        onCharge: (charge) => charges.push(charge),
      }),
      new BatchSpanProcessor(watched, { maxQueueSize: 100_000 }),
    ],
  })
  const tracer = tracing.getTracer('ai')
  for (const { scenarios } of loadFixtures()) {
    for (const scenario of scenarios) replay(tracer, scenario)
  }
  await tracing.shutdown()
  expect(failures).toEqual([])
  return { spans, charges }
}

const numeric = ['double_value', 'int_value']
const types: Record<string, readonly string[]> = {
  'cost.usd': numeric,
  'cost.rollup_usd': numeric,
  'gen_ai.usage.cost': numeric,
  'llm.cost.total': numeric,
  'braintrust.metrics.estimated_cost': numeric,
  'user.id': ['string_value'],
  'cost.status': ['string_value'],
  'langfuse.trace.tags': ['array_value'],
}

describe('a receiver that shares no code with OpenTelemetry for JavaScript', () => {
  test.each([
    ['protobuf', 'identity', 'application/x-protobuf'],
    ['protobuf', 'gzip', 'application/x-protobuf'],
    ['JSON', 'identity', 'application/json'],
    ['JSON', 'gzip', 'application/json'],
  ])(
    'takes every span as %s, %s',
    async (format, encoding, kind) => {
      if (encoding === 'gzip') process.env['OTEL_EXPORTER_OTLP_COMPRESSION'] = 'gzip'
      const [exporter] =
        format === 'protobuf'
          ? sendTo({ name: 'strict', url: `${url}/v1/traces` }).exporters
          : [new JsonExporter({ url: `${url}/v1/traces` })]
      if (exporter === undefined) throw new Error('no exporter')
      const already = (await taken()).length
      const { spans, charges } = await sendAll(exporter)
      const arrived = (await taken()).slice(already)
      expect(arrived).toHaveLength(spans)
      for (const span of arrived) expect(span).toMatchObject({ kind, encoding, inChunks: true })

      const usd = (span: TakenSpan): number | undefined =>
        span.attributes['cost.usd']?.value as number | undefined
      const sum = arrived.reduce((total, span) => total + (usd(span) ?? 0), 0)
      const charged = charges.reduce((total, charge) => total + (charge.usd ?? 0), 0)
      expect(charged).toBeGreaterThan(0)
      expect(sum).toBeCloseTo(charged, 9)
      const wrong = new Set<string>()
      const seen = new Set<string>()
      for (const { attributes } of arrived) {
        for (const [name, allowed] of Object.entries(types)) {
          const value = attributes[name]
          if (value === undefined) continue
          seen.add(name)
          if (!allowed.includes(value.type)) wrong.add(`${name} ${value.type}`)
        }
      }
      expect([...wrong]).toEqual([])
      expect([...seen].toSorted()).toEqual(Object.keys(types).toSorted())
    },
    120_000,
  )

  test('refuses what is none of the protocol, so that the tests above can fail', async () => {
    const send = async (body: string | Uint8Array, type: string): Promise<number> => {
      const headers = { 'content-type': type }
      const response = await fetch(`${url}/v1/traces`, { method: 'POST', headers, body })
      await response.text()
      return response.status
    }
    const json = 'application/json'
    expect(await send('{}', 'text/plain')).toBe(415)
    expect(await send('{"resourceSpans":[{"spans":[]}]}', json)).toBe(400)
    expect(await send(new Uint8Array([250, 1, 1, 7]), 'application/x-protobuf')).toBe(400)
    const span = { traceId: '00', spanId: '11', name: 'short ids' }
    expect(
      await send(`{"resourceSpans":[{"scopeSpans":[{"spans":[${JSON.stringify(span)}]}]}]}`, json),
    ).toBe(400)
  })
})
