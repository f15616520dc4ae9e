import { text, type SpanAttributes } from '../span/span.ts'

/**
 * The AI SDK's major version from a user agent such as `ai/5.0.43 runtime/node.js/20`, which
 * `generateText`, `generateObject` and `embed` write from 5.0.43 on, and streams never do.
 */
export function aiSdkMajor(attributes: SpanAttributes): number | undefined {
  const userAgent = text(attributes['ai.request.headers.user-agent'])
  if (userAgent === undefined) return undefined
  const at = ` ${userAgent}`.indexOf(' ai/')
  const major = at === -1 ? Number.NaN : Number.parseInt(userAgent.slice(at + 3, at + 6), 10)
  return Number.isNaN(major) ? undefined : major
}
