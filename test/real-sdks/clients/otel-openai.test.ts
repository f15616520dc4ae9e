import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai'
import { describeRawClient, type Verdict } from './client-suite.ts'
import { openAiCases } from './openai-cases.ts'

/**
 * 0.21.0 writes input and output as OpenAI counts them, which include what was cached and what was
 * thought, and no more: no caches, no tools, no service tier. Embeddings have nothing else. Only a
 * request for a response can have tools that OpenAI runs and bills.
 */
const expected: Record<keyof typeof openAiCases, Verdict> = {
  chat: 'upper_bound (cache_reads_unseen)',
  'chat with a tool call': 'upper_bound (cache_reads_unseen)',
  'chat with a cache read': 'upper_bound (cache_reads_unseen)',
  'chat with reasoning': 'upper_bound (cache_reads_unseen)',
  'chat with audio in': 'upper_bound (cache_reads_unseen)',
  'stream with usage': 'upper_bound (cache_reads_unseen)',
  'stream without usage': 'unknown_usage (usage_not_reported)',
  'stream with a tool call': 'upper_bound (cache_reads_unseen)',
  'stream with a cache read': 'upper_bound (cache_reads_unseen)',
  response: 'estimated (cache_reads_unseen,fees_unseen)',
  'response with a cache read': 'estimated (cache_reads_unseen,fees_unseen)',
  'response with reasoning': 'estimated (cache_reads_unseen,fees_unseen)',
  'response with web search offered': 'estimated (cache_reads_unseen,fees_unseen)',
  'streamed response': 'estimated (cache_reads_unseen,fees_unseen)',
  'streamed response with reasoning': 'estimated (cache_reads_unseen,fees_unseen)',
  embedding: 'priced',
  'HTTP error': 'call_failed (http_error)',
  'HTTP error on a stream': 'call_failed (http_error)',
  'HTTP error on a response': 'call_failed (http_error)',
  // Its generators have no `finally`: the span of a stream that stops short is never ended.
  'stream cut by the network': 'no span',
  'stream that its reader leaves': 'no span',
  'no usage in the answer': 'unknown_usage (usage_not_reported)',
}

describeRawClient(() => new OpenAIInstrumentation(), 'openai', openAiCases, expected)
