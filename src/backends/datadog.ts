import { isCall } from '../conventions/model-call.ts'
import { providerName } from '../conventions/provider-name.ts'
import type { Backend } from './backend.ts'

/**
 * Datadog LLM Observability recognises a model call by the operation's name, and prices it by the
 * provider's name: AI SDK 4 to 6 write neither. The cost of costspan is a tag of the span, `cost.usd`, to be
 * made a measure. DataDog/documentation at 9bfd8543 (otel_instrumentation.md); not run against the service.
 */
export const datadog: Backend = ({ role, charge, attributes }) => {
  if (!isCall(role) || attributes['ai.operationId'] === undefined) return {}
  return {
    'gen_ai.operation.name': attributes['gen_ai.operation.name'] === undefined ? role : undefined,
    'gen_ai.provider.name':
      attributes['gen_ai.provider.name'] === undefined && charge !== undefined
        ? providerName(charge.call)
        : undefined,
  }
}
