import type { ModelCall } from './model-call.ts'

/*
 * The spans that Anthropic's own client writes. What an instrumentation writes of the same call is
 * around it, and the span tree shows that; but where the client's helper for streams makes the call,
 * the two stand side by side, and are matched as twins.
 */

/** Of Anthropic's own client, which since its version 1 writes a span for each of its calls. */
const SCOPE = 'com.anthropic.sdk.'
const FIRST_LETTER = SCOPE.charCodeAt(0)

/** Whether Anthropic's own client writes spans of that scope. The letter first: that is quickest. */
export function isAnthropicsOwn(scope: string): boolean {
  return scope.charCodeAt(0) === FIRST_LETTER && scope.startsWith(SCOPE)
}

/** Whether a call is told by an instrumentation, and may be told by Anthropic's own client too. */
export function mayBeAnthropicsToo({ vocabulary }: ModelCall): boolean {
  return vocabulary === 'openinference' || vocabulary === 'traceloop'
}
