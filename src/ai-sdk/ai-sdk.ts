import { context } from '@opentelemetry/api'
import { toIdentifier } from '../attribution/attribution.ts'
import { AI_CONTEXT_PREFIX } from '../span/attribute-names.ts'
import { idsOfCall } from './payer.ts'

export { payer, type CallTelemetryOptions, type PayerSettings } from './payer.ts'

/** What the AI SDK says of a span that it starts; `runtimeContext` as far as the call includes it. */
interface StartedSpan {
  readonly callId?: string | undefined
  readonly runtimeContext?: { readonly [name: string]: unknown } | undefined
}

/** The part of the options of `OpenTelemetry` from `@ai-sdk/otel` that a cost depends on. */
export interface CostTelemetry {
  readonly usage: true
  readonly providerMetadata: true
  readonly runtimeContext: true
  readonly enrichSpan: (span: StartedSpan) => { [name: string]: string }
}

const payerFields = ['userId', 'user_id', 'tenantId', 'tenant_id', 'plan']

/**
 * Options for `new OpenTelemetry()` of AI SDK 7, with which all that a cost depends on is on the
 * spans: cached and reasoning tokens, what a gateway billed, the service tier; and the payer that a
 * call's `runtimeContext` names, also on the span of the provider call itself, where the AI SDK
 * leaves it out. Spread them to add options of your own.
 *
 * @example
 * registerTelemetry(new OpenTelemetry(costTelemetry()))
 *
 * await generateText({ model, prompt, ...payer({ userId: user.id, plan: user.plan }) })
 */
export function costTelemetry(): CostTelemetry {
  return {
    usage: true,
    providerMetadata: true,
    runtimeContext: true,
    // Spans of objects and of audio have no `runtimeContext`.
    enrichSpan: ({ runtimeContext, callId }) =>
      payerIn({ ...runtimeContext, ...idsOfCall(context.active(), callId) }),
  }
}

/** Under the names that the AI SDK gives it on the other spans of the call. */
function payerIn(stated: { readonly [name: string]: unknown }): { [name: string]: string } {
  const attributes: { [name: string]: string } = {}
  for (const field of payerFields) {
    const id = toIdentifier(stated[field])
    if (id !== undefined) attributes[AI_CONTEXT_PREFIX + field] = id
  }
  return attributes
}
