import type { Context } from '@opentelemetry/api'
import type { StatedAttribution } from '../attribution/attribution.ts'
import { setUpState } from '../diagnostics/set-up-state.ts'

/**
 * The attribution of a call that starts in a context, if its span is an AI span or below one: by the newest processor that
 * knows the span. A bundler may give a route and the processor a copy of this package each, so all of the process are asked.
 */
export function attributionAt(from: Context): StatedAttribution | undefined {
  for (const part of setUpState().parts.toReversed()) {
    const attribution = part.attributionAt?.(from)
    if (attribution !== undefined) return attribution
  }
  return undefined
}
