import type { SpanAttributes } from '../span/span.ts'

/**
 * The attributes that identify a call: its operation, provider and requested model. Instrumentations write them while a
 * span starts, and none holds content, usage or the id of a person. A snapshot of an open call keeps them; a value that
 * the SDK cut, or that may be a copy of baggage, makes the price doubtful. Those of further conventions belong here.
 */
export const callAttributes = [
  'ai.operationId',
  'ai.model.provider',
  'ai.model.id',
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.system',
  'gen_ai.request.model',
  'llm.provider',
  'llm.system',
  'llm.model_name',
] as const satisfies readonly (keyof SpanAttributes)[]
