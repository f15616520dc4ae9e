import { OpenAIInstrumentation } from '@traceloop/instrumentation-openai'
import { describeRow } from './compatibility-suite.ts'
import { openAiRow } from './raw-rows.ts'

describeRow(
  openAiRow('`openai`, Traceloop’s', () => new OpenAIInstrumentation({ enrichTokens: true })),
)
