import type { SpanLike } from 'costspan'

/** 15 November 2026: after every price change that the catalogue knows of. */
export const AT = Date.parse('2026-11-15T00:00:00Z')

export type Attributes = Record<string, unknown>

/** The least that costspan asks of a span, with nothing that a real SDK would filter out. */
export function plainSpan(attributes: Attributes, more: Partial<SpanLike> = {}): SpanLike {
  return {
    name: 'span',
    startTime: [AT / 1e3, 0],
    status: { code: 0 },
    attributes,
    events: [],
    spanContext: () => ({ traceId: '1'.padStart(32, '0'), spanId: '1'.padStart(16, '0') }),
    ...more,
  }
}

/** A call as AI SDK 4 to 6, and 7 with `LegacyOpenTelemetry`, write it. */
export function aiSdkCall(provider: string, model: string, more: Attributes = {}): Attributes {
  return {
    'ai.operationId': 'ai.generateText.doGenerate',
    'ai.model.provider': provider,
    'ai.model.id': model,
    'gen_ai.system': provider,
    'gen_ai.request.model': model,
    ...more,
  }
}

/** A call as AI SDK 7 with `OpenTelemetry`, and other instrumentations, write it. */
export function genAiCall(provider: string, model: string, more: Attributes = {}): Attributes {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
    ...more,
  }
}

/** A span that AI SDK 7's `OpenTelemetry` wrote, by its scope. */
export function aiSdk7Span(attributes: Attributes): SpanLike {
  return plainSpan(attributes, { instrumentationScope: { name: 'gen_ai' } })
}

/** Provider metadata in the form that a span carries. */
export function metadata(value: unknown): Attributes {
  return { 'ai.response.providerMetadata': JSON.stringify(value) }
}
