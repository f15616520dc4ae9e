import type { ProviderFamily } from './provider-family.ts'

/** Maximum length of a model's id: ids come from outside, and no real one is half as long. */
export const LONGEST_ID = 256

/**
 * Returns an id that is kept in memory. One longer than `LONGEST_ID` is replaced by a fingerprint of its length and
 * its ends, because a slice would keep the whole text in memory.
 */
export function shortId(id: string | undefined): string | undefined {
  return id === undefined || id.length <= LONGEST_ID ? id : fingerprintOf(id)
}

function fingerprintOf(id: string): string {
  let one = 0x811c9dc5
  let other = id.length
  for (let index = 0; index < LONGEST_ID; index++) {
    one = Math.imul(one ^ id.charCodeAt(index), 0x01000193)
    other = Math.imul(other ^ id.charCodeAt(id.length - 1 - index), 0x85ebca6b)
    other ^= other >>> 13
  }
  return `${id.length} characters, ${one >>> 0} ${other >>> 0}`
}

/** The kind of a request to a provider. */
export type Operation = 'chat' | 'embeddings' | 'rerank' | 'speech' | 'transcription'

/**
 * The attribute vocabulary of a span, which decides how its usage is read.
 *
 * - `ai-sdk`: `ai.*`, of AI SDK 4 to 6 and the legacy integration of 7.
 * - `ai-sdk-7`: `gen_ai.*` of AI SDK 7, whose input always includes cached tokens.
 * - `recorded`: `recordCall`, which writes every part of the usage.
 * - `openinference`: `llm.*`.
 * - `opentelemetry`, `traceloop`: their instrumentations of OpenAI and Anthropic, whose code was read.
 * - `anthropic`: Anthropic's own client.
 * - `gen-ai`: any other instrumentation, whose input may or may not include cached tokens.
 */
export type Vocabulary =
  | 'ai-sdk'
  | 'ai-sdk-7'
  | 'recorded'
  | 'openinference'
  | 'gen-ai'
  | 'opentelemetry'
  | 'traceloop'
  | 'anthropic'

/** One request to a provider, as its span describes it. */
export interface ModelCall {
  /** The vocabulary of the span, by which its usage was read. */
  readonly vocabulary: Vocabulary
  /** The kind of the request. */
  readonly operation: Operation
  /** As on the span, such as `openai.responses`. */
  readonly provider: string
  /** The vendor whose price list applies, such as `openai`. */
  readonly family: ProviderFamily
  /** The requested model. On Azure a deployment name, on a gateway `creator/model`. */
  readonly requestModel: string | undefined
  /** The model that answered; priced in preference to `requestModel`. */
  readonly responseModel: string | undefined
}

/**
 * What an AI span is: the operation of one request to a provider, which can carry a cost; or a
 * tool, or another group of calls (a generation of several steps, a step).
 */
export type SpanRole = Operation | 'tool' | 'group'

/** Whether a span of that role is one request to a provider. */
export function isCall(role: SpanRole | undefined): role is Operation {
  return role !== undefined && role !== 'group' && role !== 'tool'
}

/** What is known of a call from the moment its span starts. */
export interface CallIdentity {
  /** The kind of the request. */
  readonly operation: Operation
  /** The requested model, if the span states one. */
  readonly model: string | undefined
}

/**
 * Whether a nested call may be a duplicate of its enclosing call. A model behind a gateway has its creator before
 * its name.
 */
export function mayBeSameCall(outer: CallIdentity, inner: CallIdentity): boolean {
  if (outer.operation !== inner.operation) return false
  if (outer.model === undefined || inner.model === undefined) return true
  return isNamedBy(outer.model, inner.model) || isNamedBy(inner.model, outer.model)
}

/** `openai/gpt-4o` is named by `gpt-4o`, `chatgpt-4o` is not. */
function isNamedBy(model: string, name: string): boolean {
  return model === name || model.endsWith(`/${name}`) || model.endsWith(`.${name}`)
}
