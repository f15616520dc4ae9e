/**
 * Every attribute that is read, by its name: those of the AI SDK 4 to 7 (`ai.*`), of the
 * OpenTelemetry GenAI semantic conventions (`gen_ai.*`, development status in November 2026), and
 * of OpenInference (`llm.*`). The source has all names; the table has those that need an explanation. The compiler knows
 * no other, and to read a literal name is quicker than to read a constant one.
 */
export interface ReadAttributes extends RecordedAttributes {
  // ---- read: what was called -------------------------------------------------------------------

  readonly 'ai.operationId'?: unknown
  readonly 'ai.model.id'?: unknown
  readonly 'ai.model.provider'?: unknown
  readonly 'ai.response.id'?: unknown
  readonly 'ai.response.model'?: unknown
  readonly 'ai.response.finishReason'?: unknown
  readonly 'ai.response.providerMetadata'?: unknown
  readonly 'ai.request.headers.user-agent'?: unknown
  readonly 'ai.prompt.tools'?: unknown
  /** What an application calls the place of a call, in AI SDK 4 to 6. */
  readonly 'ai.telemetry.functionId'?: unknown

  readonly 'gen_ai.operation.name'?: unknown
  readonly 'gen_ai.provider.name'?: unknown
  /** Replaced by `gen_ai.provider.name` in semantic conventions 1.37; still what many write. */
  readonly 'gen_ai.system'?: unknown
  readonly 'gen_ai.request.model'?: unknown
  readonly 'gen_ai.response.id'?: unknown
  readonly 'gen_ai.response.model'?: unknown
  readonly 'gen_ai.response.finish_reasons'?: unknown
  readonly 'gen_ai.tool.definitions'?: unknown
  /** In AI SDK 7 what an application calls the place of a call. */
  readonly 'gen_ai.agent.name'?: unknown
  /** Read only on spans of `recordCall`. */
  readonly 'http.route'?: unknown

  /** AI SDK 7 writes it on every chat; the conventions have it as a metric only. */
  readonly 'gen_ai.client.operation.duration'?: unknown

  /** In Traceloop's the answer, with the tools that the provider ran. */
  readonly 'gen_ai.output.messages'?: unknown

  readonly 'openinference.span.kind'?: unknown
  readonly 'llm.provider'?: unknown
  readonly 'llm.system'?: unknown
  readonly 'llm.model_name'?: unknown
  readonly 'llm.response.model_name'?: unknown
  readonly 'llm.invocation_parameters'?: unknown
  readonly 'embedding.model_name'?: unknown
  /** The whole answer as JSON, or a streamed text, as `output.mime_type` shows. */
  readonly 'output.value'?: unknown
  readonly 'output.mime_type'?: unknown

  /** Tags that an application gave of its own. */
  readonly 'langfuse.trace.tags'?: unknown
  readonly 'braintrust.tags'?: unknown

  readonly 'http.response.status_code'?: unknown
  readonly 'error.type'?: unknown
  readonly 'exception.type'?: unknown
  readonly 'exception.message'?: unknown

  // ---- read: how many tokens -------------------------------------------------------------------

  readonly 'ai.usage.inputTokens'?: unknown
  readonly 'ai.usage.outputTokens'?: unknown
  readonly 'ai.usage.promptTokens'?: unknown
  readonly 'ai.usage.completionTokens'?: unknown
  readonly 'ai.usage.totalTokens'?: unknown
  readonly 'ai.usage.tokens'?: unknown
  readonly 'ai.usage.cachedInputTokens'?: unknown
  readonly 'ai.usage.reasoningTokens'?: unknown
  readonly 'ai.usage.inputTokenDetails.noCacheTokens'?: unknown
  readonly 'ai.usage.inputTokenDetails.cacheReadTokens'?: unknown
  readonly 'ai.usage.inputTokenDetails.cacheWriteTokens'?: unknown
  readonly 'ai.usage.outputTokenDetails.reasoningTokens'?: unknown

  readonly 'gen_ai.usage.input_tokens'?: unknown
  readonly 'gen_ai.usage.output_tokens'?: unknown
  /** Replaced by `input_tokens`; AI SDK 4 still writes it on objects made in JSON mode. */
  readonly 'gen_ai.usage.prompt_tokens'?: unknown
  readonly 'gen_ai.usage.completion_tokens'?: unknown
  readonly 'gen_ai.usage.cache_read.input_tokens'?: unknown
  readonly 'gen_ai.usage.cache_creation.input_tokens'?: unknown
  readonly 'gen_ai.usage.cache_write.input_tokens'?: unknown
  readonly 'gen_ai.usage.reasoning.output_tokens'?: unknown
  readonly 'openai.response.service_tier'?: unknown
  /** Anthropic's own client. */
  readonly 'anthropic.response.service_tier'?: unknown
  readonly 'anthropic.usage.cache_creation.ephemeral_1h_input_tokens'?: unknown
  readonly 'anthropic.usage.compaction.input_tokens'?: unknown

  readonly 'llm.token_count.prompt'?: unknown
  readonly 'llm.token_count.prompt_details.cache_read'?: unknown
  readonly 'llm.token_count.prompt_details.cache_write'?: unknown
  readonly 'llm.token_count.completion'?: unknown
  readonly 'llm.token_count.completion_details.reasoning'?: unknown

  // ---- read: attribution -----------------------------------------------------------------------

  /** `metadata` of a call in AI SDK 4 to 6. */
  readonly 'ai.telemetry.metadata.userId'?: unknown
  readonly 'ai.telemetry.metadata.user_id'?: unknown
  readonly 'ai.telemetry.metadata.tenantId'?: unknown
  readonly 'ai.telemetry.metadata.tenant_id'?: unknown
  readonly 'ai.telemetry.metadata.plan'?: unknown
  /** `runtimeContext` of a call in AI SDK 7. */
  readonly 'ai.settings.context.userId'?: unknown
  readonly 'ai.settings.context.user_id'?: unknown
  readonly 'ai.settings.context.tenantId'?: unknown
  readonly 'ai.settings.context.tenant_id'?: unknown
  readonly 'ai.settings.context.plan'?: unknown

  // ---- read and written: attribution -----------------------------------------------------------

  readonly 'user.id'?: unknown
  readonly 'tenant.id'?: unknown
  readonly 'cost.plan'?: unknown

  // ---- read again: whether a span is already enriched ------------------------------------------

  readonly 'cost.usd'?: unknown
  readonly 'cost.status'?: unknown
  readonly 'cost.reason'?: unknown
  readonly 'cost.attribution'?: unknown
}

/**
 * What `recordCall` writes onto its own spans besides names of the GenAI conventions: every part of a usage.
 * Not below `gen_ai.usage.`, because backends sum all attributes there.
 */
export interface RecordedAttributes {
  /** `true` on each of these spans. */
  readonly 'cost.recorded'?: unknown
  /** The tokens written to a cache for an hour; absent if that is not known. */
  readonly 'cost.usage.cache_write_1h_tokens'?: unknown
  readonly 'cost.usage.reasoning_tokens'?: unknown
  readonly 'cost.usage.audio_input_tokens'?: unknown
  readonly 'cost.usage.audio_output_tokens'?: unknown
  readonly 'cost.usage.image_input_tokens'?: unknown
  readonly 'cost.usage.image_output_tokens'?: unknown
  readonly 'cost.usage.characters'?: unknown
  readonly 'cost.usage.seconds'?: unknown
  readonly 'cost.usage.searches'?: unknown
  /** The unknown parts of the usage, as bits of `unseen.ts`. */
  readonly 'cost.usage.unseen'?: unknown
  readonly 'cost.service_tier'?: unknown
  readonly 'cost.region'?: unknown
  readonly 'cost.billed_usd'?: unknown
  readonly 'cost.billed_own_key'?: unknown
  readonly 'cost.billed_upstream_usd'?: unknown
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
  'tenant.id'?: string
  'cost.plan'?: string
  /** `none` if no user is known, `redacted` if privacy rules keep the user's id from the span. */
  'cost.attribution'?: 'none' | 'redacted'
  /** On the span of one provider call only, in US dollars, as all `…_usd` are. */
  'cost.usd'?: number
  'cost.input_usd'?: number
  'cost.output_usd'?: number
  'cost.cache_read_usd'?: number
  'cost.cache_write_usd'?: number
  'cost.fees_usd'?: number
  'cost.source'?: 'billed' | 'override' | 'catalog'
  /** The list price, beside a billed cost. */
  'cost.list_usd'?: number
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
