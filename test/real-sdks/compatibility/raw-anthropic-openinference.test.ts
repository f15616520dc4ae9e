import { AnthropicInstrumentation } from '@arizeai/openinference-instrumentation-anthropic'
import { describeRow } from './compatibility-suite.ts'
import { anthropicRow } from './raw-rows.ts'

describeRow(
  anthropicRow('`@anthropic-ai/sdk`, OpenInference’s', () => new AnthropicInstrumentation()),
)
