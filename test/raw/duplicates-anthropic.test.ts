import { createRequire } from 'node:module'
import { AnthropicInstrumentation as OpenInference } from '@arizeai/openinference-instrumentation-anthropic'
import { AnthropicInstrumentation as Traceloop } from '@traceloop/instrumentation-anthropic'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectRightCost, RawRecording } from '../support/raw-suite.ts'
import { anthropicCases } from './anthropic-cases.ts'

// Traceloop's wraps a class that the client no longer has since its version 1.
const { Anthropic } = createRequire(import.meta.url)('@anthropic-ai/sdk') as { Anthropic: object }
Object.assign(Anthropic, {
  Completions: class Completions {
    create(): void {}
  },
})

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
    const { spans, verdicts, costs, users, billed } = measured
    expect(spans).toHaveLength(2)
    expect(verdicts).toHaveLength(1)
    expect(users).toEqual(['the payer'])
    expectRightCost(verdicts[0] ?? '', costs[0], billed)
  })
})
