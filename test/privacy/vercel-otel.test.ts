import { trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { registerOTel } from '@vercel/otel'
import { CostSpanProcessor, type Charge } from 'costspan'
import { expect, test } from 'vitest'
import { startProvider } from '../loopback/provider.ts'
import { lanes } from '../recorder/ai-sdks/index.ts'
import { openSession } from '../recorder/ai-sdks/session.ts'
import { startWireTap } from '../support/wire-tap.ts'

test('under @vercel/otel no e-mail address leaves, whichever processor is first', async () => {
  const tap = await startWireTap()
  const usage = { uncachedInput: 100, outputText: 20 }
  const loopback = await startProvider({ reply: () => ({ text: 'Mild.', usage }) })
  for (const order of ['costspan first', 'costspan last']) {
    const charges: Charge[] = []
    const costs = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })
    const exporting = new BatchSpanProcessor(new OTLPTraceExporter({ url: tap.url }))
    trace.disable()
    registerOTel({
      serviceName: 'chat',
      instrumentations: [],
      spanProcessors: order === 'costspan first' ? [costs, exporting] : [exporting, costs],
    })
    const session = await openSession(lanes['ai-6'], {
      provider: 'openai-chat',
      url: loopback.url,
      model: 'gpt-4o',
      who: { userId: 'alice@example.com', plan: 'pro', tenantId: 'acme' },
      attribute: undefined,
    })
    await session.generateText({ prompt: 'Hello' })
    await session.streamText({ prompt: 'Hello' })
    await exporting.forceFlush()
    expect(charges.map(({ attribution }) => attribution)).toEqual([
      { plan: 'pro', tenantId: 'acme', redacted: true },
      { plan: 'pro', tenantId: 'acme', redacted: true },
    ])
  }
  expect(tap.received()).toContain('redacted')
  expect(tap.received()).not.toContain('alice')
  await Promise.all([tap.close(), loopback.close()])
})
