import { text, type SpanAttributes, type SpanLike } from '../span/span.ts'
import { aiSdkRole, readAiSdkCall } from './ai-sdk.ts'
import { genAiOperation, readGenAiCall } from './gen-ai.ts'
import { isCall, shortId, type CallIdentity, type ModelCall, type SpanRole } from './model-call.ts'
import { openInferenceModel, openInferenceRole, readOpenInferenceCall } from './openinference.ts'

/** The call to a provider that this span is, or `undefined` if it is none. */
export function readCall(span: SpanLike): ModelCall | undefined {
  // Most specific first: `ai.*` spans carry some `gen_ai.*` attributes too, and OpenInference has
  // a processor that decorates both.
  const operationId = text(span.attributes['ai.operationId'])
  if (operationId !== undefined) return readAiSdkCall(span, operationId)
  const operationName = text(span.attributes['gen_ai.operation.name'])
  return operationName === undefined
    ? readOpenInferenceCall(span)
    : readGenAiCall(span, operationName)
}

/** What kind of AI span this is, from the attributes it starts with; `undefined` if none. */
export function spanRole(attributes: SpanAttributes): SpanRole | undefined {
  const operationId = text(attributes['ai.operationId'])
  if (operationId !== undefined) return aiSdkRole(operationId)
  const operationName = text(attributes['gen_ai.operation.name'])
  if (operationName === undefined) return openInferenceRole(attributes)
  return genAiOperation(operationName) ?? (operationName === 'execute_tool' ? 'tool' : 'group')
}

/** Operation and model, if a span of that role is a call; from the attributes it starts with. */
export function callIdentity(
  role: SpanRole | undefined,
  attributes: SpanAttributes,
): CallIdentity | undefined {
  return isCall(role) ? { operation: role, model: shortId(requestedModel(attributes)) } : undefined
}

/** The model that a span asks for, from the attributes it starts with. */
export function requestedModel(attributes: SpanAttributes): string | undefined {
  return (
    text(attributes['gen_ai.request.model']) ??
    text(attributes['ai.model.id']) ??
    openInferenceModel(attributes)
  )
}
