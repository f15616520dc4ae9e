import { OpenAIInstrumentation } from '@traceloop/instrumentation-openai'
import { describeRawClient, type Verdict } from './client-suite.ts'
import { openAiCases } from './openai-cases.ts'

/**
 * 0.27.0 writes input and output as OpenAI counts them and no caches. With `enrichTokens`, which its
 * SDK sets by default, it counts what is streamed itself, and no span is marked so: every
 * number may be such a guess. It never reads the usage of a stream, and wraps no embeddings.
 */
const expected: Record<keyof typeof openAiCases, Verdict> = {
  chat: 'estimated (cache_reads_unseen,usage_ambiguous)',
  'chat with a tool call': 'estimated (cache_reads_unseen,usage_ambiguous)',
  'chat with a cache read': 'estimated (cache_reads_unseen,usage_ambiguous)',
  'chat with reasoning': 'estimated (cache_reads_unseen,usage_ambiguous)',
  'chat with audio in': 'estimated (cache_reads_unseen,usage_ambiguous)',
  'stream with usage': 'unknown_usage (usage_not_reported)',
  'stream without usage': 'unknown_usage (usage_not_reported)',
  'stream with a tool call': 'unknown_usage (usage_not_reported)',
  'stream with a cache read': 'unknown_usage (usage_not_reported)',
  response: 'estimated (cache_reads_unseen,usage_ambiguous)',
  'response with a cache read': 'estimated (cache_reads_unseen,usage_ambiguous)',
  'response with reasoning': 'estimated (cache_reads_unseen,usage_ambiguous)',
  'response with web search offered': 'estimated (cache_reads_unseen,usage_ambiguous)',
  'streamed response': 'unknown_usage (usage_not_reported)',
  'streamed response with reasoning': 'unknown_usage (usage_not_reported)',
  embedding: 'no span',
  // It ends the span of a call that succeeds, and of no other.
  'HTTP error': 'no span',
  'HTTP error on a stream': 'no span',
  'HTTP error on a response': 'no span',
  'stream cut by the network': 'no span',
  'stream that its reader leaves': 'no span',
  'no usage in the answer': 'unknown_usage (usage_not_reported)',
}

describeRawClient(() => new OpenAIInstrumentation(), 'openai', openAiCases, expected)
