/*
 * The spans that Anthropic's own client writes. The span of an instrumentation of the same call
 * encloses the client's; but where the client's helper for streams makes the call, the two are
 * beside each other.
 */

/** The scope of Anthropic's own client, which since its version 1 writes a span for each of its calls. */
const SCOPE = 'com.anthropic.sdk.'
const FIRST_LETTER = SCOPE.charCodeAt(0)

/** Whether Anthropic's own client writes spans of that scope. The first letter is compared first, which is quickest. */
export function isAnthropicClient(scope: string): boolean {
  return scope.charCodeAt(0) === FIRST_LETTER && scope.startsWith(SCOPE)
}
