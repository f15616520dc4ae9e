import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution, type Charge, type PrivacyOptions } from 'costspan'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProvider, type LoopbackProvider } from '../../loopback/provider.ts'
import { lanes } from '../../recorder/ai-sdks/index.ts'
import type { LaneName, Session, Who } from '../../recorder/ai-sdks/lane.ts'
import { openSession } from '../../recorder/ai-sdks/session.ts'
import { startWireTap, type WireTap } from '../../support/wire-tap.ts'

const alice = 'alice@example.com'
const bob = 'Bob <bob.builder+ai@mail.example.org>'
const tenant = 'billing@acme.example'

/** As an application does that took e-mail addresses for ids, in every place that may hold one. */
const emailWho: Who & Record<string, string> = {
  userId: alice,
  tenantId: tenant,
  plan: 'pro',
  'contact.email': bob,
}

const anyEmail = /[\w.+-]+(@|%40|\\u0040)[\w-]+\.[\w.-]+/

const key = 'a key of pseudonyms, for tests only'

/** The whole OTLP payload of runs of the real AI SDK that use e-mail addresses as ids, as it is on the wire. */
export function describePayload(name: LaneName): void {
  const lane = lanes[name]
  let json: WireTap
  let protobuf: WireTap
  let loopback: LoopbackProvider
  let session: Session
  let processors: SpanProcessor[] = []

  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager())
    Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
    // AI SDK 7 keeps the first tracer that it is given, so all runs share one provider.
    const relay: SpanProcessor = {
      onStart: (span, from) => processors.forEach((processor) => processor.onStart(span, from)),
      onEnding: (span) => processors.forEach((processor) => processor.onEnding?.(span)),
      onEnd: (span) => processors.forEach((processor) => processor.onEnd(span)),
      forceFlush: async () => {},
      shutdown: async () => {},
    }
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [relay] }))
    json = await startWireTap()
    protobuf = await startWireTap()
    const usage = { uncachedInput: 100, outputText: 20 }
    loopback = await startProvider({
      reply: ({ tools, body }) =>
        // Until the tool has answered.
        tools.length > 0 && !JSON.stringify(body).includes('degrees')
          ? { toolCalls: [{ name: 'weather', input: { city: 'Oslo' } }], usage }
          : { text: 'Mild.', object: { city: 'Oslo', degrees: 9 }, usage },
    })
  })

  afterAll(async () => {
    await Promise.all([json.close(), protobuf.close(), loopback.close()])
  })

  async function run(privacy: PrivacyOptions | undefined): Promise<Charge[]> {
    const charges: Charge[] = []
    json.startOver()
    protobuf.startOver()
    processors = [
      new CostSpanProcessor({ privacy, onCharge: (charge) => charges.push(charge) }),
      new BatchSpanProcessor(new JsonExporter({ url: json.url })),
      new BatchSpanProcessor(new ProtobufExporter({ url: protobuf.url })),
    ]
    session = await openSession(lane, {
      provider: 'openai-chat',
      url: loopback.url,
      model: 'gpt-4o',
      who: emailWho,
      attribute: undefined,
    })
    const inRuntimeContext = { whoInRuntimeContext: true }
    const tools = {
      weather: {
        description: 'The weather',
        // An agent inside a tool, for another user.
        execute: async () => {
          await withAttribution({ userId: bob, tags: { owner: bob, team: 'search' } }, () =>
            session.generateText({ prompt: 'Inside', who: null }),
          )
          return { degrees: 9 }
        },
      },
    }
    const request = trace.getTracer('app').startSpan('POST /chat', {
      attributes: { 'user.id': alice, 'user.email': alice },
    })
    await context.with(trace.setSpan(context.active(), request), async () => {
      await session.generateText({ prompt: 'Tools', tools, steps: 2, ...inRuntimeContext })
      await withAttribution({ userId: alice, tenantId: tenant, tags: { owner: bob } }, async () => {
        await session.streamText({ prompt: 'A stream', who: null })
        await session.generateObject({ prompt: 'An object', who: null })
      })
      await session.embed({ value: 'text', model: 'text-embedding-3-small', who: null })
    })
    request.end()
    await Promise.all(processors.map((processor) => processor.forceFlush()))
    return charges
  }

  describe(`e-mail addresses as ids, ${name}`, () => {
    test('are there without protection, so that the test can fail', async () => {
      const charges = await run({ personalIds: 'keep' })
      expect(new Set(charges.map(({ attribution }) => attribution.userId))).toEqual(
        new Set([alice, bob]),
      )
      expect(json.received()).toMatch(anyEmail)
      expect(protobuf.received()).toMatch(anyEmail)
    })

    test('leave in no byte by default; the calls have no other user', async () => {
      const charges = await run(undefined)
      expect(json.received()).toContain('redacted')
      expect(json.received()).not.toMatch(anyEmail)
      expect(protobuf.received()).toContain('redacted')
      expect(protobuf.received()).not.toMatch(anyEmail)
      expect(charges.length).toBeGreaterThanOrEqual(5)
      for (const { attribution, status } of charges) {
        expect(status).not.toBe('unpriced')
        expect(attribution).toMatchObject({ userId: undefined, redacted: true })
      }
    })

    test('leave as stable pseudonyms with a key', async () => {
      const charges = await run({ pseudonymize: { key } })
      const again = await run({ pseudonymize: { key } })
      expect(json.received()).not.toMatch(anyEmail)
      expect(protobuf.received()).not.toMatch(anyEmail)
      const users = charges.map(({ attribution }) => attribution.userId)
      expect(new Set(users).size).toBe(2)
      for (const user of users) {
        expect(user).toMatch(/^pn_[\w-]{6}_[\w-]{22}$/)
        expect(json.received()).toContain(user)
        expect(protobuf.received()).toContain(user)
      }
      expect(again.map(({ attribution }) => attribution.userId)).toEqual(users)
    })
  })
}
