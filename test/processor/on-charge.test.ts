import { BasicTracerProvider, InMemorySpanExporter } from '@opentelemetry/sdk-trace-base'
import { BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge } from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { describe, expect, test } from 'vitest'
import { leaf, prices, root, usage } from '../support/sdk-2.ts'

const warnings = (): void => {}

/** Two calls below a group, in a provider with these processors. */
async function makeTwoCalls(...spanProcessors: SpanProcessor[]): Promise<void> {
  const provider = new BasicTracerProvider({ spanProcessors })
  const tracer = provider.getTracer('ai')
  tracer.startSpan('group', { attributes: { ...root } }).end()
  for (const attributes of [{ ...leaf, ...usage }, { ...leaf }]) {
    tracer.startSpan('call', { attributes }).end()
  }
  await provider.forceFlush()
  await provider.shutdown()
}

function exporting(options: object): BatchSpanProcessor {
  return new BatchSpanProcessor(
    new CostSpanExporter(new InMemorySpanExporter(), { prices, warnings, ...options }),
  )
}

const statuses = (charges: readonly Charge[]): string[] => charges.map(({ status }) => status)
const both = ['priced', 'unknown_usage']

describe('onCharge of the processor', () => {
  test('may be several functions, in their order, of which one that throws stops no other', async () => {
    const order: string[] = []
    const lines: string[] = []
    const onCharge = [
      () => void order.push('first'),
      () => {
        throw new Error('mine')
      },
      () => void order.push('last'),
    ]
    await makeTwoCalls(
      new CostSpanProcessor({ prices, onCharge, warnings: (line) => void lines.push(line) }),
    )
    expect(order).toEqual(['first', 'last', 'first', 'last'])
    expect(lines.filter((line) => line.includes('onCharge failed'))).toHaveLength(1)
  })

  test('is called once for each call, though the list repeats it and another processor has it', async () => {
    const shared: Charge[] = []
    const own: Charge[] = []
    const share = (charge: Charge): void => void shared.push(charge)
    const options = { prices, warnings }
    await makeTwoCalls(
      new CostSpanProcessor({ ...options, onCharge: [share, share] }),
      new CostSpanProcessor({ ...options, onCharge: [(charge) => void own.push(charge), share] }),
    )
    expect(statuses(shared)).toEqual(both)
    expect(statuses(own)).toEqual(both)
  })
})

describe('onCharge of the exporter', () => {
  test('is called for each call that it exports, with the charge that the span carries', async () => {
    const charges: Charge[] = []
    const others: Charge[] = []
    const onCharge = [
      (charge: Charge) => void charges.push(charge),
      (charge: Charge) => void others.push(charge),
    ]
    await makeTwoCalls(exporting({ onCharge }))
    expect(statuses(charges)).toEqual(both)
    expect(charges[0]).toMatchObject({ usd: 1, source: 'override' })
    expect(others).toEqual(charges)
  })

  test('is called once for a call that two exporters export', async () => {
    const charges: Charge[] = []
    const onCharge = (charge: Charge): void => void charges.push(charge)
    await makeTwoCalls(exporting({ onCharge }), exporting({ onCharge }))
    expect(statuses(charges)).toEqual(both)
  })

  test('is not called for calls that a processor has charged', async () => {
    const byProcessor: Charge[] = []
    const byExporter: Charge[] = []
    await makeTwoCalls(
      new CostSpanProcessor({
        prices,
        warnings,
        onCharge: (charge) => void byProcessor.push(charge),
      }),
      exporting({ onCharge: (charge: Charge) => void byExporter.push(charge) }),
    )
    expect(statuses(byProcessor)).toEqual(both)
    expect(byExporter).toEqual([])
  })
})
