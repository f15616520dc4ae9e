import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { trace } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution } from 'costspan'
import { sendTo } from 'costspan/otlp'
import { recordCall } from 'costspan/record'

/** The project that the page names. */
export const PROJECT = 'chat'

/** US dollars for a thousand tokens in and a hundred out of gpt-4o: 2.50 and 10 for a million. */
const USD_A_CALL = 0.0035

/** Small enough to be checked by eye: calls by user, plan, customer and release. */
const calls = [
  { userId: 'tom', plan: 'free', tenantId: 'acme', release: '1.4.9', count: 1 },
  { userId: 'tom', plan: 'free', tenantId: 'acme', release: '1.5.0', count: 5 },
  { userId: 'noor', plan: 'pro', tenantId: 'globex', release: '1.4.9', count: 2 },
  { userId: 'noor', plan: 'pro', tenantId: 'globex', release: '1.5.0', count: 2 },
]

export const revenue = 'tenant_id,revenue_usd\nacme,0.05\nglobex,0.5\n'

export const spent = { tom: 6 * USD_A_CALL, noor: 4 * USD_A_CALL }
export const CALLS = calls.reduce((sum, one) => sum + one.count, 0)

/** The first Python block of docs/backends/phoenix.md. */
export function pageProgram(): string {
  const page = readFileSync(join(import.meta.dirname, '../../docs/backends/phoenix.md'), 'utf8')
  const program = /^```python\n([\s\S]*?)^```$/m.exec(page)?.[1]
  if (program === undefined) throw new Error('the page has no Python')
  return program
}

export async function sendCalls(): Promise<void> {
  const { backends, exporters } = sendTo('phoenix')
  const tracing = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'openinference.project.name': PROJECT }),
    spanProcessors: [
      new CostSpanProcessor({ backends }),
      ...exporters.map((exporter) => new BatchSpanProcessor(exporter)),
    ],
  })
  trace.setGlobalTracerProvider(tracing)
  for (const { release, count: times, ...attribution } of calls) {
    withAttribution({ ...attribution, tags: { release } }, () => {
      for (let call = 0; call < times; call++) {
        recordCall({
          provider: 'openai',
          model: 'gpt-4o',
          usage: { input: 1000, output: 100 },
        })
      }
    })
  }
  await tracing.shutdown()
  trace.disable()
}
