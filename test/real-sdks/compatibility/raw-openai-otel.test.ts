import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai'
import { describeRow } from './compatibility-suite.ts'
import { openAiRow } from './raw-rows.ts'

describeRow(
  openAiRow('`openai`, OpenTelemetry’s instrumentation', () => new OpenAIInstrumentation()),
)
