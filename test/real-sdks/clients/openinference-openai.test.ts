import { OpenAIInstrumentation } from '@arizeai/openinference-instrumentation-openai'
import { describeRawClient, type Verdict } from './client-suite.ts'
import { openAiCases } from './openai-cases.ts'

/**
 * 4.2.7 writes caches, reasoning and audio, keeps the whole answer and the parameters of the
 * request, and so tells the service tier and the tools. It does not read the usage of streamed chats,
 * nor that of embeddings.
 */
const expected: Record<keyof typeof openAiCases, Verdict> = {
  chat: 'priced',
  'chat with a tool call': 'priced',
  'chat with a cache read': 'priced',
  'chat with reasoning': 'priced',
  'chat with audio in': 'priced',
  'stream with usage': 'unknown_usage (usage_not_reported)',
  'stream without usage': 'unknown_usage (usage_not_reported)',
  'stream with a tool call': 'unknown_usage (usage_not_reported)',
  'stream with a cache read': 'unknown_usage (usage_not_reported)',
  response: 'priced',
  'response with a cache read': 'priced',
  'response with reasoning': 'priced',
  'response with web search offered': 'lower_bound (fees_unseen)',
  'streamed response': 'priced',
  'streamed response with reasoning': 'priced',
  embedding: 'unknown_usage (usage_not_reported)',
  // It ends the span of a call that succeeds, and of no other.
  'HTTP error': 'no span',
  'HTTP error on a stream': 'no span',
  'HTTP error on a response': 'no span',
  'stream cut by the network': 'no span',
  'stream that its reader leaves': 'unknown_usage (usage_not_reported)',
  'no usage in the answer': 'unknown_usage (usage_not_reported)',
}

describeRawClient(() => new OpenAIInstrumentation(), 'openai', openAiCases, expected)
