import { AnthropicInstrumentation } from '@traceloop/instrumentation-anthropic'
import { restoreCompletions } from '../../support/anthropic-completions.ts'
import { describeRow } from './compatibility-suite.ts'
import { anthropicRow } from './raw-rows.ts'

restoreCompletions()

describeRow(anthropicRow('`@anthropic-ai/sdk`, Traceloop’s', () => new AnthropicInstrumentation()))
