import { context } from '@opentelemetry/api'
import { REDACTED, toIdentifier } from '../attribution/attribution.ts'
import { AI_CONTEXT_PREFIX } from '../span/attribute-names.ts'
import { idsOfCall } from './attributed-to.ts'

/** The options of `OpenTelemetry` from `@ai-sdk/otel` that a cost depends on. */
export interface CostTelemetry {
  /** Writes all token counts that the provider reports, cached and reasoning tokens included. */
  readonly usage: true
  /** Writes the provider's metadata: the cost that a gateway reports, the service tier. */
  readonly providerMetadata: true
  /** Writes the `runtimeContext` of a call, which may carry its attribution. */
  readonly runtimeContext: true
  /** Returns the attribution of a call as attributes of the span that starts. */
  readonly enrichSpan: (span: {
    readonly callId?: string | undefined
    /** As far as the call includes it. */
    readonly runtimeContext?: { readonly [name: string]: unknown } | undefined
  }) => { [name: string]: string }
}

const attributionFields = ['userId', 'user_id', 'tenantId', 'tenant_id', 'plan']

/**
 * Options for `new OpenTelemetry()` of AI SDK 7 that put all inputs of a cost on the spans: cached and reasoning tokens,
 * the cost that a gateway reports, the service tier. They also put the attribution of a call's `runtimeContext` on its
 * call span, where the AI SDK omits it. Spread them to add your own options.
 *
 * @example
 * ```ts
 * import { OpenTelemetry } from '@ai-sdk/otel'
 * import { registerTelemetry } from 'ai'
 * import { costTelemetry } from 'costspan/ai-sdk'
 *
 * registerTelemetry(new OpenTelemetry(costTelemetry()))
 * ```
 */
export function costTelemetry(): CostTelemetry {
  return {
    usage: true,
    providerMetadata: true,
    runtimeContext: true,
    // Spans of objects and of audio have no `runtimeContext`.
    enrichSpan: ({ runtimeContext, callId }) =>
      attributionAttributes({ ...runtimeContext, ...idsOfCall(context.active(), callId) }),
  }
}

/** By the names that the AI SDK uses on the other spans of the call. */
function attributionAttributes(stated: { readonly [name: string]: unknown }): {
  [name: string]: string
} {
  const attributes: { [name: string]: string } = {}
  for (const field of attributionFields) {
    const id = toIdentifier(stated[field])
    if (id !== undefined) attributes[AI_CONTEXT_PREFIX + field] = id === REDACTED ? '' : id
  }
  return attributes
}
