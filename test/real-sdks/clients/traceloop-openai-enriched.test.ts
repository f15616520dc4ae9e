import { OpenAIInstrumentation } from '@traceloop/instrumentation-openai'
import { describeRawClient } from './client-suite.ts'
import { openAiCases } from './openai-cases.ts'

/** As Traceloop's SDK sets it up: what is streamed it counts itself, and a tool call not at all. */
describeRawClient(() => new OpenAIInstrumentation({ enrichTokens: true }), 'openai', openAiCases, {
  'stream with usage': 'estimated (cache_reads_unseen,usage_ambiguous)',
  'stream without usage': 'estimated (cache_reads_unseen,usage_ambiguous)',
  'stream with a tool call': 'unknown_usage (usage_not_reported)',
})
