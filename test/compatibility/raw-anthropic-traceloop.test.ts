import { createRequire } from 'node:module'
import { AnthropicInstrumentation } from '@traceloop/instrumentation-anthropic'
import { describeRow } from '../support/compatibility-suite.ts'
import { anthropicRow } from './raw-rows.ts'

// It wraps a class that the client no longer has since its version 1.
const { Anthropic } = createRequire(import.meta.url)('@anthropic-ai/sdk') as { Anthropic: object }
Object.assign(Anthropic, {
  Completions: class Completions {
    create(): void {}
  },
})

describeRow(anthropicRow('`@anthropic-ai/sdk`, Traceloop’s', () => new AnthropicInstrumentation()))
