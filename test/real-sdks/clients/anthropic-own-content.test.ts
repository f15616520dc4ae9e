import { describeRawClient, type Verdict } from './client-suite.ts'
import { anthropicCases } from './anthropic-cases.ts'

/**
 * As `anthropic-own.test.ts`, but that it records content: so it tells which tools Anthropic ran, but
 * for a stream that is read by hand, whose answer it does not put together.
 */
process.env['ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE'] = 'content'
const expected: Record<keyof typeof anthropicCases, Verdict> = {
  message: 'priced',
  'message with a tool call': 'priced',
  'message with a cache read': 'priced',
  'message with a small cache read': 'priced',
  'message with a cache write': 'priced',
  'message with a write for an hour': 'priced',
  'message with thinking': 'priced',
  'message with a web search': 'lower_bound (fees_unseen)',
  stream: 'lower_bound (fees_unseen)',
  'stream with a tool call': 'lower_bound (fees_unseen)',
  'stream with a small cache read': 'lower_bound (fees_unseen)',
  'stream with a cache write': 'lower_bound (fees_unseen)',
  'stream with thinking': 'lower_bound (fees_unseen)',
  'stream with a web search': 'lower_bound (fees_unseen)',
  'stream by the helper': 'priced',
  'HTTP error': 'call_failed (http_error)',
  'HTTP error on a stream': 'call_failed (http_error)',
  'stream cut by the network': 'lower_bound (fees_unseen,output_not_reported,call_broken_off)',
  'error in mid-stream': 'lower_bound (fees_unseen,output_not_reported,call_broken_off)',
  'stream that its reader leaves': 'lower_bound (fees_unseen,output_not_reported)',
}

describeRawClient(undefined, 'anthropic', anthropicCases, expected)
