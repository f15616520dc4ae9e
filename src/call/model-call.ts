import type { ProviderFamily } from './provider-family.ts'

/** What a provider was asked to do. */
export type Operation = 'chat' | 'embeddings' | 'rerank' | 'speech' | 'transcription'

/** One request to a provider, as its span tells it. */
export interface ModelCall {
  /** Which vocabulary the span speaks, and thereby how its usage reads. */
  readonly dialect: 'ai-sdk' | 'gen-ai'
  readonly operation: Operation
  /** As on the span, such as `openai.responses`. */
  readonly provider: string
  readonly family: ProviderFamily
  /** What was asked for. On Azure a deployment name, on a gateway `creator/model`. */
  readonly requestModel: string | undefined
  /** What answered; priced in preference to `requestModel`. */
  readonly responseModel: string | undefined
}

/**
 * What an AI span is: a `call` is one request to a provider and can carry a cost; a `tool` and
 * any other `operation` (a generation of several steps, a step) only group calls.
 */
export type SpanRole = 'call' | 'tool' | 'operation'
