import { CostSpanExporter } from 'costspan/exporter'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { callIdentity } from '../../src/conventions/read-call.ts'
import { DIFFERENT, SAME } from '../../src/duplicates/compare-usage.ts'
import { compareCalls, evidenceOf } from '../../src/duplicates/evidence.ts'
import { createCharger } from 'costspan'
import { aiSdkCall, genAiCall, plainSpan, type Attributes } from '../support/plain-span.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const usage = { 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 100 }

function evidence(attributes: Attributes) {
  const span = plainSpan({ ...attributes, ...usage })
  const charge = createCharger()(span, {})
  if (charge === undefined) throw new Error('no call')
  return evidenceOf(span, charge)
}

const ofId = (id: string) => evidence(genAiCall('openai', 'gpt-4o', { 'gen_ai.response.id': id }))

describe('ids that are longer than any are remembered by a fingerprint', () => {
  test.each([
    ['ai-sdk', aiSdkCall('openai', 'm'.repeat(20_000))],
    ['gen-ai', genAiCall('openai', 'm'.repeat(257))],
    ['openinference', { 'openinference.span.kind': 'LLM', 'llm.model_name': 'é'.repeat(1000) }],
  ])('the model of a call of %s', (_, attributes) => {
    expect(callIdentity('chat', attributes)?.model?.length).toBeLessThan(60)
    expect(evidence(attributes).model).toBe(callIdentity('chat', attributes)?.model)
  })

  test.each(['gen_ai.response.id', 'ai.response.id'])('%s', (name) => {
    const { responseId } = evidence(genAiCall('openai', 'gpt-4o', { [name]: 'r'.repeat(20_000) }))
    expect(responseId?.length).toBeLessThan(60)
  })

  test('which differs where the ids do, at their start, their end or in length', () => {
    const id = 'r'.repeat(5000)
    expect(compareCalls(ofId(id), ofId(id))).toBe(SAME)
    for (const other of [`s${id.slice(1)}`, `${id.slice(1)}s`, `${id}r`]) {
      expect(compareCalls(ofId(id), ofId(other))).toBe(DIFFERENT)
    }
  })

  test('and an id of 256 characters as it is', () => {
    expect(ofId('r'.repeat(256)).responseId).toBe('r'.repeat(256))
  })
})

test('3,000 calls with ids of 20,000 characters leave less than 20 MB behind', async () => {
  const exporter = new CostSpanExporter(
    { export: () => {}, shutdown: () => Promise.resolve() },
    { warnings: () => {} },
  )
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (let call = 0; call < 3000; call++) {
    const id = JSON.parse(JSON.stringify(`${call}${'x'.repeat(20_000)}`)) as string
    const more = { ...usage, 'gen_ai.response.id': id, 'gen_ai.response.model': 'gpt-4o' }
    const spanId = call.toString(16).padStart(16, '0')
    const span = plainSpan(genAiCall('openai', `${id} `.trim(), more), {
      spanContext: () => ({ traceId: '1'.padStart(32, '0'), spanId }),
      parentSpanContext: { spanId: `f${spanId.slice(1)}` },
    })
    exporter.export([span], () => {})
  }
  collectGarbage()
  expect((process.memoryUsage().heapUsed - before) / 1e6).toBeLessThan(20)
  // The collector frees what is not used any more.
  await exporter.shutdown()
})
