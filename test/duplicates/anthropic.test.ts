import { AnthropicInstrumentation as OpenInference } from '@arizeai/openinference-instrumentation-anthropic'
import { AnthropicInstrumentation as Traceloop } from '@traceloop/instrumentation-anthropic'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restoreCompletions } from '../support/anthropic-completions.ts'
import { expectChargedOnce, RawRecording } from '../real-sdks/clients/client-suite.ts'
import { anthropicCases } from '../real-sdks/clients/anthropic-cases.ts'

restoreCompletions()

const recording = new RawRecording([new Traceloop(), new OpenInference()])
beforeAll(() => recording.start())
afterAll(() => recording.stop())

describe('a call that two instrumentations see', () => {
  test.each([
    'message',
    'message with a cache read',
    'message with a cache write',
    'stream',
    'stream by the helper',
  ] as const)('is charged once: %s', async (name) => {
    const { reply, call } = anthropicCases[name]
    const measured = await recording.measure(reply, ({ anthropic }) => call(anthropic))
    expect(measured.spans).toHaveLength(2)
    expectChargedOnce(measured)
  })
})
