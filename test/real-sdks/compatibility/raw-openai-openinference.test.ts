import { OpenAIInstrumentation } from '@arizeai/openinference-instrumentation-openai'
import { describeRow } from './compatibility-suite.ts'
import { openAiRow } from './raw-rows.ts'

describeRow(openAiRow('`openai`, OpenInference’s', () => new OpenAIInstrumentation()))
