import { AnthropicInstrumentation } from '@arizeai/openinference-instrumentation-anthropic'
import { describeRawClient, type Verdict } from './client-suite.ts'
import { anthropicCases } from './anthropic-cases.ts'

/**
 * 0.2.8 adds what was cached to the input, and writes it beside where there is any. Of an answer that
 * was not streamed it keeps the whole, with the lifetime of what was written and the searches made.
 * It reads a copy of a stream, to its end, whatever the reader does.
 */
const expected: Record<keyof typeof anthropicCases, Verdict> = {
  message: 'priced',
  'message with a tool call': 'priced',
  'message with a cache read': 'priced',
  'message with a small cache read': 'priced',
  'message with a cache write': 'priced',
  'message with a write for an hour': 'priced',
  'message with thinking': 'priced',
  'message with a web search': 'priced',
  stream: 'priced',
  'stream with a tool call': 'priced',
  'stream with a small cache read': 'priced',
  'stream with a cache write': 'lower_bound (cache_write_duration_unseen)',
  'stream with thinking': 'priced',
  'stream with a web search': 'lower_bound (fees_unseen)',
  'stream by the helper': 'priced',
  'HTTP error': 'call_failed (http_error)',
  'HTTP error on a stream': 'call_failed (http_error)',
  // No code catches the failure of the copy, and its span is never ended.
  'stream cut by the network': 'no span',
  'error in mid-stream': 'no span',
  'stream that its reader leaves': 'priced',
}

describeRawClient(() => new AnthropicInstrumentation(), 'anthropic', anthropicCases, expected)
