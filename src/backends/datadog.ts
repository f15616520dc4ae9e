import { isCall } from '../conventions/model-call.ts'
import type { Backend } from './backend.ts'

/** The conventions' names of providers, where they are not those of their price lists. */
const providers = new Map([
  ['aws', 'aws.bedrock'],
  ['azure', 'azure.ai.openai'],
  ['google', 'gcp.gemini'],
  ['google-vertex', 'gcp.vertex_ai'],
  ['mistral', 'mistral_ai'],
  ['xai', 'x_ai'],
])

/**
 * Datadog LLM Observability tells a call to a model by the operation's name, and prices it by the
 * provider's: AI SDK 4 to 6 write neither. The cost of costspan is a tag of the span, `cost.usd`, to be
 * made a measure. DataDog/documentation at 9bfd8543 (otel_instrumentation.md); not run against the service.
 */
export const datadog: Backend = ({ role, charge, attributes }) => {
  if (!isCall(role) || attributes['ai.operationId'] === undefined) return {}
  const family = charge?.call.family
  return {
    'gen_ai.operation.name': attributes['gen_ai.operation.name'] === undefined ? role : undefined,
    'gen_ai.provider.name':
      attributes['gen_ai.provider.name'] === undefined && family !== undefined
        ? (providers.get(family) ?? family)
        : undefined,
  }
}
