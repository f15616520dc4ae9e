import type { RecordedAttributes } from './recorded-attributes.ts'

/**
 * Every attribute that is read, by its name: those of the AI SDK 4 to 7 (`ai.*`), of the
 * OpenTelemetry GenAI semantic conventions (`gen_ai.*`, development status in November 2026), and
 * of OpenInference (`llm.*`). The compiler knows no other, and to read a literal name is quicker than a constant one.
 */
export interface ReadAttributes extends RecordedAttributes {
  // ---- read: what was called -------------------------------------------------------------------

  /** AI SDK: the operation, such as `ai.generateText` or `ai.generateText.doGenerate`. */
  readonly 'ai.operationId'?: unknown
  /** AI SDK: the requested model. */
  readonly 'ai.model.id'?: unknown
  /** AI SDK: the provider and its API, such as `openai.responses`. */
  readonly 'ai.model.provider'?: unknown
  /** AI SDK: the id of the answer, from the provider or made by the SDK. */
  readonly 'ai.response.id'?: unknown
  /** AI SDK: the model that answered. */
  readonly 'ai.response.model'?: unknown
  /** AI SDK: why the answer ended, such as `stop` or `error`. */
  readonly 'ai.response.finishReason'?: unknown
  /** AI SDK: what the provider adds to an answer, as JSON. */
  readonly 'ai.response.providerMetadata'?: unknown
  /** AI SDK 5 and later: names the version of the SDK. */
  readonly 'ai.request.headers.user-agent'?: unknown
  /** AI SDK: the definitions of the tools, as a list of JSON texts. */
  readonly 'ai.prompt.tools'?: unknown
  /** What an application calls the place of a call, in AI SDK 4 to 6. */
  readonly 'ai.telemetry.functionId'?: unknown

  /** The kind of the operation, such as `chat` or `embeddings`. */
  readonly 'gen_ai.operation.name'?: unknown
  /** The provider, such as `openai` or `aws.bedrock`. */
  readonly 'gen_ai.provider.name'?: unknown
  /** Replaced by `gen_ai.provider.name` in semantic conventions 1.37; still what many write. */
  readonly 'gen_ai.system'?: unknown
  /** The requested model. */
  readonly 'gen_ai.request.model'?: unknown
  /** The id of the answer. */
  readonly 'gen_ai.response.id'?: unknown
  /** The model that answered. */
  readonly 'gen_ai.response.model'?: unknown
  /** Why each choice ended, such as `["stop"]`. */
  readonly 'gen_ai.response.finish_reasons'?: unknown
  /** The definitions of the tools, as JSON. */
  readonly 'gen_ai.tool.definitions'?: unknown
  /** In AI SDK 7 what an application calls the place of a call. */
  readonly 'gen_ai.agent.name'?: unknown
  /** Read only on spans of `recordCall`. */
  readonly 'http.route'?: unknown

  /** AI SDK 7 writes it on every chat; the conventions have it as a metric only. */
  readonly 'gen_ai.client.operation.duration'?: unknown

  /** In Traceloop's the answer, with the tools that the provider ran. */
  readonly 'gen_ai.output.messages'?: unknown

  /** OpenInference: the kind of the span, such as `LLM` or `TOOL`. */
  readonly 'openinference.span.kind'?: unknown
  /** OpenInference: the host of the model, such as `azure`. */
  readonly 'llm.provider'?: unknown
  /** OpenInference: the vendor of the model, such as `openai`. */
  readonly 'llm.system'?: unknown
  /** OpenInference: the model, requested or answering. */
  readonly 'llm.model_name'?: unknown
  /** OpenInference: the model that answered. */
  readonly 'llm.response.model_name'?: unknown
  /** OpenInference: the parameters of the request, as JSON. */
  readonly 'llm.invocation_parameters'?: unknown
  /** OpenInference: the model of an embedding. */
  readonly 'embedding.model_name'?: unknown
  /** The whole answer as JSON, or a streamed text, as `output.mime_type` shows. */
  readonly 'output.value'?: unknown
  /** OpenInference: `application/json` or `text/plain`. */
  readonly 'output.mime_type'?: unknown

  /** Tags that an application gave of its own. */
  readonly 'langfuse.trace.tags'?: unknown
  /** As `langfuse.trace.tags`, for Braintrust. */
  readonly 'braintrust.tags'?: unknown

  /** The status of the response, such as 429. */
  readonly 'http.response.status_code'?: unknown
  /** The class or the code of an error. */
  readonly 'error.type'?: unknown
  /** The class of an exception, on an event. */
  readonly 'exception.type'?: unknown
  /** The message of an exception, on an event. */
  readonly 'exception.message'?: unknown

  // ---- read: how many tokens -------------------------------------------------------------------

  /** AI SDK 5 and later: input tokens, cached ones included as a rule. */
  readonly 'ai.usage.inputTokens'?: unknown
  /** AI SDK 5 and later: output tokens. */
  readonly 'ai.usage.outputTokens'?: unknown
  /** AI SDK 4: input tokens. */
  readonly 'ai.usage.promptTokens'?: unknown
  /** AI SDK 4: output tokens. */
  readonly 'ai.usage.completionTokens'?: unknown
  /** Input and output tokens together. */
  readonly 'ai.usage.totalTokens'?: unknown
  /** Input tokens of an embedding. */
  readonly 'ai.usage.tokens'?: unknown
  /** AI SDK 5 and later: input tokens that were read from a cache. */
  readonly 'ai.usage.cachedInputTokens'?: unknown
  /** AI SDK 5 and later: reasoning tokens. */
  readonly 'ai.usage.reasoningTokens'?: unknown
  /** AI SDK 6 and later: input tokens that were not cached. */
  readonly 'ai.usage.inputTokenDetails.noCacheTokens'?: unknown
  /** AI SDK 6 and later: input tokens that were read from a cache. */
  readonly 'ai.usage.inputTokenDetails.cacheReadTokens'?: unknown
  /** AI SDK 6 and later: input tokens that were written to a cache. */
  readonly 'ai.usage.inputTokenDetails.cacheWriteTokens'?: unknown
  /** AI SDK 6 and later: reasoning tokens. */
  readonly 'ai.usage.outputTokenDetails.reasoningTokens'?: unknown

  /** Input tokens; whether cached ones are included depends on the instrumentation. */
  readonly 'gen_ai.usage.input_tokens'?: unknown
  /** Output tokens. */
  readonly 'gen_ai.usage.output_tokens'?: unknown
  /** Replaced by `input_tokens`; AI SDK 4 still writes it on objects made in JSON mode. */
  readonly 'gen_ai.usage.prompt_tokens'?: unknown
  /** Replaced by `output_tokens`. */
  readonly 'gen_ai.usage.completion_tokens'?: unknown
  /** Input tokens that were read from a cache. */
  readonly 'gen_ai.usage.cache_read.input_tokens'?: unknown
  /** Input tokens that were written to a cache. */
  readonly 'gen_ai.usage.cache_creation.input_tokens'?: unknown
  /** Another spelling of `cache_creation`. */
  readonly 'gen_ai.usage.cache_write.input_tokens'?: unknown
  /** Reasoning tokens, which are part of the output. */
  readonly 'gen_ai.usage.reasoning.output_tokens'?: unknown
  /** The service tier that OpenAI used, such as `flex`. */
  readonly 'openai.response.service_tier'?: unknown
  /** Anthropic's own client. */
  readonly 'anthropic.response.service_tier'?: unknown
  /** Anthropic's own client: tokens written to a cache for an hour. */
  readonly 'anthropic.usage.cache_creation.ephemeral_1h_input_tokens'?: unknown
  /** Anthropic's own client: input tokens of a compaction. */
  readonly 'anthropic.usage.compaction.input_tokens'?: unknown

  /** OpenInference: input tokens. */
  readonly 'llm.token_count.prompt'?: unknown
  /** OpenInference: input tokens that were read from a cache. */
  readonly 'llm.token_count.prompt_details.cache_read'?: unknown
  /** OpenInference: input tokens that were written to a cache. */
  readonly 'llm.token_count.prompt_details.cache_write'?: unknown
  /** OpenInference: output tokens. */
  readonly 'llm.token_count.completion'?: unknown
  /** OpenInference: reasoning tokens. */
  readonly 'llm.token_count.completion_details.reasoning'?: unknown

  // ---- read: attribution -----------------------------------------------------------------------

  /** `metadata` of a call in AI SDK 4 to 6. */
  readonly 'ai.telemetry.metadata.userId'?: unknown
  /** Another spelling of `userId`. */
  readonly 'ai.telemetry.metadata.user_id'?: unknown
  /** The tenant, in `metadata`. */
  readonly 'ai.telemetry.metadata.tenantId'?: unknown
  /** Another spelling of `tenantId`. */
  readonly 'ai.telemetry.metadata.tenant_id'?: unknown
  /** The plan, in `metadata`. */
  readonly 'ai.telemetry.metadata.plan'?: unknown
  /** `runtimeContext` of a call in AI SDK 7. */
  readonly 'ai.settings.context.userId'?: unknown
  /** Another spelling of `userId`. */
  readonly 'ai.settings.context.user_id'?: unknown
  /** The tenant, in `runtimeContext`. */
  readonly 'ai.settings.context.tenantId'?: unknown
  /** Another spelling of `tenantId`. */
  readonly 'ai.settings.context.tenant_id'?: unknown
  /** The plan, in `runtimeContext`. */
  readonly 'ai.settings.context.plan'?: unknown

  // ---- read and written: attribution -----------------------------------------------------------

  /** The user, as the application or costspan wrote it. */
  readonly 'user.id'?: unknown
  /** The tenant. */
  readonly 'tenant.id'?: unknown
  /** The plan of the user. */
  readonly 'cost.plan'?: unknown

  // ---- read again: whether a span is already enriched ------------------------------------------

  /** The cost in US dollars. */
  readonly 'cost.usd'?: unknown
  /** How certain the cost is, such as `priced`. */
  readonly 'cost.status'?: unknown
  /** Why the status is not `priced`, or why a call carries no cost of its own. */
  readonly 'cost.reason'?: unknown
  /** `none` or `redacted` where the span has no `user.id`. */
  readonly 'cost.attribution'?: unknown
}

/** Speech and transcription of AI SDK 7: the provider's own usage object, snake case. */
export const GEN_AI_USAGE_PREFIX = 'gen_ai.usage.'
export const AI_USAGE_PREFIX = 'ai.usage.'
/** `runtimeContext` of AI SDK 7, as far as a call includes it. */
export const AI_CONTEXT_PREFIX = 'ai.settings.context.'
export const COST_TAG_PREFIX = 'cost.tag.'
export const COST_USAGE_PREFIX = 'cost.usage.'

/**
 * Every attribute that is written, by its name. All amounts are US dollars. A literal name in a
 * store keeps the attributes of a span out of V8's dictionary mode, a constant does not: the type
 * of what is written, and not a constant, keeps the spelling in one place.
 */
export interface WrittenAttributes {
  /** Semantic conventions, registry `user`, development status. */
  'user.id'?: string
  /** The tenant, after redaction. */
  'tenant.id'?: string
  /** The plan of the user. */
  'cost.plan'?: string
  /** `none` if no user is known, `redacted` if privacy rules keep the user's id from the span. */
  'cost.attribution'?: 'none' | 'redacted'
  /** On the span of one provider call only, in US dollars, as all `…_usd` are. */
  'cost.usd'?: number
  /** The part of `cost.usd` for input that was not cached. */
  'cost.input_usd'?: number
  /** The part for output. */
  'cost.output_usd'?: number
  /** The part for input that was read from a cache. */
  'cost.cache_read_usd'?: number
  /** The part for input that was written to a cache. */
  'cost.cache_write_usd'?: number
  /** The part for searches and the like. */
  'cost.fees_usd'?: number
  /** Where the cost is from. */
  'cost.source'?: 'billed' | 'override' | 'catalog'
  /** The list price, beside a billed cost. */
  'cost.list_usd'?: number
  /** How certain the cost is, such as `priced`. */
  'cost.status'?: string
  /** Why the status is not `priced`, or why a call carries no cost of its own. */
  'cost.reason'?: string
  /** The versions of all price sources. */
  'cost.price_version'?: string
  /** On AI spans above leaves: the sum of the leaves below that ended before. */
  'cost.rollup_usd'?: number
  /** On AI spans above leaves: how many calls below carry no cost, so are not in the roll-up. */
  'cost.rollup_missing_calls'?: number
  /** How many calls below had not ended when the span did, without those that another span counts. */
  'cost.unfinished_calls'?: number
  [tag: `cost.tag.${string}`]: string | undefined
}

/** The labels of metrics, under the names that spans have. */
export interface MeteredAttributes {
  'gen_ai.provider.name': string
  'gen_ai.response.model': string
  'cost.status': string
  'cost.source'?: 'billed' | 'override' | 'catalog'
  'cost.plan'?: string
  'tenant.id'?: string
  'user.id'?: string
  /** Semantic conventions, registry `gen-ai`; `cache_read` and `cache_write` are ours. */
  'gen_ai.token.type'?: 'input' | 'cache_read' | 'cache_write' | 'output'
}
