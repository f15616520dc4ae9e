import { AnthropicInstrumentation } from '@arizeai/openinference-instrumentation-anthropic'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  expectChargedOnce,
  expectRightCost,
  RawRecording,
} from '../real-sdks/clients/client-suite.ts'
import { anthropicCases } from '../real-sdks/clients/anthropic-cases.ts'

const recording = new RawRecording([new AnthropicInstrumentation()], true)
beforeAll(() => recording.start())
afterAll(() => recording.stop())

describe('a call that an instrumentation sees, and the client itself', () => {
  test.each([
    'message',
    'message with a cache read',
    'message with a write for an hour',
    'stream',
    'stream by the helper',
  ] as const)('is charged once: %s', async (name) => {
    const { reply, call } = anthropicCases[name]
    const measured = await recording.measure(reply, ({ anthropic }) => call(anthropic))
    expect(measured.spans.length).toBeGreaterThanOrEqual(2)
    expectChargedOnce(measured)
  })
})

test('a client that writes no spans itself is charged, whatever others wrote before', async () => {
  const own = anthropicCases['message']
  await recording.measure(own.reply, ({ anthropic }) => own.call(anthropic))
  for (const name of ['message', 'stream by the helper'] as const) {
    const { reply, call } = anthropicCases[name]
    const measured = await recording.measure(reply, ({ anthropic }) =>
      call(anthropic.withOptions({ openTelemetry: false })),
    )
    expect(measured.verdicts).toEqual(['priced'])
    expectRightCost('priced', measured.costs[0], measured.billed)
  }
})
