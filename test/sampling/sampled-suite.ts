import type { Tracer } from '@opentelemetry/api'
import { CostSpanProcessor, type Charge } from 'costspan'
import { expect, test } from 'vitest'
import { CopyingExporter } from '../support/pipeline.ts'
import { leaf, prices, usage } from '../support/sdk-2.ts'

/** A provider of some OTel SDK whose sampler drops everything, wrapped by `recordCosts`. */
export function describeSampled(
  name: string,
  create: (costs: CostSpanProcessor, exporter: CopyingExporter) => Tracer,
): void {
  test(`${name}: a call that is not sampled is charged, and not exported`, () => {
    const charges: Charge[] = []
    const exporter = new CopyingExporter()
    const onCharge = (charge: Charge): void => void charges.push(charge)
    const tracer = create(new CostSpanProcessor({ prices, onCharge }), exporter)
    tracer.startSpan('doStream', { attributes: { ...leaf, ...usage } }).end()
    expect(charges.map(({ usd }) => usd)).toEqual([1])
    expect(exporter.spans).toEqual([])
  })
}
