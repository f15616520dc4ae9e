import { context, trace } from '@opentelemetry/api'
import { registerOTel } from '@vercel/otel'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge } from 'costspan'
import { expect, test } from 'vitest'
import { CopyingExporter } from '../support/pipeline.ts'
import { end, leaf, prices, root, usage } from '../support/sdk-2.ts'

/** How the call of one request goes on. */
type Flow =
  | 'answers in time'
  | 'answers in a job of `after`'
  | 'reader left, read to its end'
  | 'never ends'

const flows: Flow[] = [
  'answers in time',
  'answers in a job of `after`',
  'reader left, read to its end',
  'never ends',
]

test('counted by status each call is one, while cost.unfinished_calls counts late ones too', async () => {
  const exporter = new CopyingExporter()
  const exporting = new BatchSpanProcessor(exporter)
  const charges: Charge[] = []
  const costs = new CostSpanProcessor({
    prices,
    warnings: 'diag',
    onCharge: (charge) => void charges.push(charge),
  })
  registerOTel({
    serviceName: 'chat',
    instrumentations: [],
    traceSampler: 'always_on',
    spanProcessors: [costs, exporting],
  })
  const tracer = trace.getTracer('ai')
  for (const flow of flows) {
    const request = tracer.startSpan('POST /chat', { root: true })
    const at = trace.setSpan(context.active(), request)
    const stream = tracer.startSpan('stream', { attributes: { ...root, 'user.id': 'ada' } }, at)
    const inside = trace.setSpan(at, stream)
    const call = tracer.startSpan(flow, { attributes: leaf }, inside)
    const answered = { ...usage, 'ai.response.finishReason': 'stop' }
    if (flow === 'answers in time') end(call, answered)
    if (flow !== 'reader left, read to its end') end(stream)
    request.end()
    if (flow !== 'never ends') end(call, answered)
  }
  await costs.shutdown()
  await exporting.forceFlush()
  trace.disable()

  const valuesOf = (name: string): unknown[] =>
    exporter.spans.map(({ attributes }) => attributes[name]).filter((value) => value !== undefined)
  const unfinished = valuesOf('cost.unfinished_calls').reduce(
    (sum: number, calls) => sum + Number(calls),
    0,
  )
  const priced = charges.filter(({ status }) => status === 'priced')
  const unknown = charges.filter(({ status }) => status === 'unknown_usage')

  // The rule: what has a status is a call. Charges, so a ledger and metrics, have all four.
  expect([priced.length, unknown.length]).toEqual([3, 1])
  expect(valuesOf('cost.usd')).toEqual([1, 1, 1])
  // Of the calls that had not ended most are priced on their own spans, so to add them counts them twice.
  expect(unfinished).toBe(3)
  expect(unfinished).toBeGreaterThanOrEqual(unknown.length)
})
