import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution, type Charge } from 'costspan'
import { repriceCharge } from 'costspan/prices'
import { openLedger, readLedger } from 'costspan/ledger'
import { afterEach, expect, test } from 'vitest'
import { lanes } from '../../recorder/ai-sdks/index.ts'
import { openStreams } from '../compatibility/broken-streams.ts'
import { GENERATION, startGateway } from './gateway-server.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
// Broken streams reject promises that no code handles.
process.on('unhandledRejection', () => {})
afterEach(() => trace.disable())

interface Gateways {
  createGateway(settings: object): Gateway
}

interface Gateway {
  getGenerationInfo(which: { id: string }): Promise<{ totalCost: number; gatewayCost?: number }>
}

/** As docs/guide/broken-calls.md has it. */
async function complete(charge: Charge, gateway: Gateway, id: string): Promise<Charge> {
  const { gatewayCost, totalCost } = await gateway.getGenerationInfo({ id })
  const billed = { usd: gatewayCost ?? totalCost, ownKey: false, upstreamUsd: undefined }
  return repriceCharge({ ...charge, billed }).charge
}

test.each(['ai-5', 'ai-6', 'ai-7'] as const)(
  '%s: what an aborted stream of the AI Gateway cost is fetched later, and the ledger has it once',
  async (laneName) => {
    const lane = lanes[laneName]
    const folder = mkdtempSync(join(tmpdir(), 'costspan-gateway-'))
    const server = await startGateway(0.0123)
    try {
      const ledger = openLedger(join(folder, 'ledger.ndjson'))
      const charges: Charge[] = []
      const onCharge = (charge: Charge): void => {
        charges.push(charge)
        ledger.record(charge)
      }
      const provider = new BasicTracerProvider({
        spanProcessors: [new CostSpanProcessor({ onCharge })],
      })
      trace.setGlobalTracerProvider(provider)
      const request = trace.getTracer('http').startSpan('POST /chat', {}, ROOT_CONTEXT)
      const generation = await context.with(trace.setSpan(ROOT_CONTEXT, request), () =>
        withAttribution({ userId: 'ada' }, async () => {
          const sdk = await openStreams(lane, 'gateway', server.url, 'openai/gpt-5')
          return abortedGeneration(sdk)
        }),
      )
      request.end()
      await provider.shutdown()
      expect(generation).toBe(GENERATION)
      expect(charges).toHaveLength(1)
      const [broken] = charges
      expect(broken).toMatchObject({
        status: 'unknown_usage',
        traceId: request.spanContext().traceId,
      })
      expect(JSON.stringify(broken)).not.toContain(GENERATION)

      const gateways = (await lane.providers.gateway?.load()) as Gateways | undefined
      if (gateways === undefined) throw new Error(`${laneName} has no gateway`)
      const gateway = gateways.createGateway({
        apiKey: 'loopback',
        baseURL: `${server.url}/gateway`,
      })
      ledger.record(await complete(broken as Charge, gateway, generation ?? ''))
      await ledger.close()
      const read: Charge[] = []
      for await (const charge of readLedger(join(folder, 'ledger.ndjson'))) read.push(charge)
      expect(read).toHaveLength(1)
      expect(read[0]).toMatchObject({
        usd: 0.0123,
        status: 'priced',
        source: 'billed',
        attribution: { userId: 'ada' },
      })
    } finally {
      await server.close()
      rmSync(folder, { recursive: true })
    }
  },
)

/** The reader stops the stream once it has seen something of it, and has noted its id. */
async function abortedGeneration(sdk: Awaited<ReturnType<typeof openStreams>>) {
  const abort = new AbortController()
  let generation: string | undefined
  try {
    for await (const part of sdk.streamText({ abortSignal: abort.signal }).fullStream) {
      const { providerMetadata } = part as {
        providerMetadata?: { gateway?: { generationId?: string } }
      }
      generation ??= providerMetadata?.gateway?.generationId
      if (part.type === 'text-delta') abort.abort()
    }
  } catch {
    // Some majors throw that it was aborted.
  }
  return generation
}
