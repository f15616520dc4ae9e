import { describeRawClient, type Verdict } from './client-suite.ts'
import { anthropicCases } from './anthropic-cases.ts'

const unlessContent = 'lower_bound (fees_unseen)'

/**
 * `@anthropic-ai/sdk` since its version 1 writes a span for every request itself, wherever a tracer
 * provider is registered. It tells all tokens, and nothing of tools that Anthropic runs and bills,
 * unless it is to record content.
 */
const expected: Record<keyof typeof anthropicCases, Verdict> = {
  message: unlessContent,
  'message with a tool call': unlessContent,
  'message with a cache read': unlessContent,
  'message with a small cache read': unlessContent,
  'message with a cache write': unlessContent,
  'message with a write for an hour': unlessContent,
  'message with thinking': unlessContent,
  'message with a web search': unlessContent,
  stream: unlessContent,
  'stream with a tool call': unlessContent,
  'stream with a small cache read': unlessContent,
  'stream with a cache write': unlessContent,
  'stream with thinking': unlessContent,
  'stream with a web search': unlessContent,
  'stream by the helper': unlessContent,
  'HTTP error': 'call_failed (http_error)',
  'HTTP error on a stream': 'call_failed (http_error)',
  'stream cut by the network': 'lower_bound (fees_unseen,output_not_reported,call_broken_off)',
  'error in mid-stream': 'lower_bound (fees_unseen,output_not_reported,call_broken_off)',
  'stream that its reader leaves': 'lower_bound (fees_unseen,output_not_reported)',
}

describeRawClient(undefined, 'anthropic', anthropicCases, expected)
