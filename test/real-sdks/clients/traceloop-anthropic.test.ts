import { AnthropicInstrumentation } from '@traceloop/instrumentation-anthropic'
import { restoreCompletions } from '../../support/anthropic-completions.ts'
import { describeRawClient, type Verdict } from './client-suite.ts'
import { anthropicCases } from './anthropic-cases.ts'

/**
 * 0.27.0 writes the numbers of Anthropic's own usage, also of streams: an input without what was
 * cached, and beside it what was read and written, but not for how long. It keeps the answer, which
 * shows that a search was made.
 */
const expected: Record<keyof typeof anthropicCases, Verdict> = {
  message: 'priced',
  'message with a tool call': 'priced',
  'message with a cache read': 'priced',
  'message with a small cache read': 'priced',
  'message with a cache write': 'lower_bound (cache_write_duration_unseen)',
  'message with a write for an hour': 'lower_bound (cache_write_duration_unseen)',
  'message with thinking': 'priced',
  'message with a web search': 'lower_bound (fees_unseen)',
  stream: 'priced',
  'stream with a tool call': 'priced',
  'stream with a small cache read': 'priced',
  'stream with a cache write': 'lower_bound (cache_write_duration_unseen)',
  'stream with thinking': 'priced',
  'stream with a web search': 'lower_bound (fees_unseen)',
  'stream by the helper': 'priced',
  'HTTP error': 'call_failed (http_error)',
  // The wrapper of a stream is not notified of a request that failed.
  'HTTP error on a stream': 'no span',
  'stream cut by the network': 'unknown_usage (usage_not_reported)',
  'error in mid-stream': 'unknown_usage (usage_not_reported)',
  'stream that its reader leaves': 'no span',
}

restoreCompletions()

describeRawClient(() => new AnthropicInstrumentation(), 'anthropic', anthropicCases, expected)
