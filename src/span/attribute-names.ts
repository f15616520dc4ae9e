/**
 * Every attribute name that costspan reads or writes. No name occurs anywhere else in `src`.
 * Read names are those of the AI SDK 4 to 7 (`ai.*`) and of the OpenTelemetry GenAI semantic
 * conventions (`gen_ai.*`, development status in November 2026).
 */

// ---- read: what was called ----------------------------------------------------------------

export const AI_OPERATION_ID = 'ai.operationId'
export const AI_MODEL_ID = 'ai.model.id'
export const AI_MODEL_PROVIDER = 'ai.model.provider'
export const AI_RESPONSE_MODEL = 'ai.response.model'
export const AI_RESPONSE_FINISH_REASON = 'ai.response.finishReason'
export const AI_RESPONSE_PROVIDER_METADATA = 'ai.response.providerMetadata'
export const AI_USER_AGENT = 'ai.request.headers.user-agent'
export const AI_PROMPT_TOOLS = 'ai.prompt.tools'

export const GEN_AI_OPERATION_NAME = 'gen_ai.operation.name'
export const GEN_AI_PROVIDER_NAME = 'gen_ai.provider.name'
/** Replaced by `gen_ai.provider.name` in semantic conventions 1.37; still what many write. */
export const GEN_AI_SYSTEM = 'gen_ai.system'
export const GEN_AI_REQUEST_MODEL = 'gen_ai.request.model'
export const GEN_AI_RESPONSE_MODEL = 'gen_ai.response.model'
export const GEN_AI_RESPONSE_FINISH_REASONS = 'gen_ai.response.finish_reasons'
export const GEN_AI_TOOL_DEFINITIONS = 'gen_ai.tool.definitions'

/** AI SDK 7 writes it on every chat; the conventions have it as a metric only. */
export const GEN_AI_CLIENT_OPERATION_DURATION = 'gen_ai.client.operation.duration'

export const HTTP_RESPONSE_STATUS_CODE = 'http.response.status_code'
export const ERROR_TYPE = 'error.type'
export const EXCEPTION_TYPE = 'exception.type'
export const EXCEPTION_MESSAGE = 'exception.message'

// ---- read: how many tokens ----------------------------------------------------------------

export const AI_USAGE_INPUT_TOKENS = 'ai.usage.inputTokens'
export const AI_USAGE_OUTPUT_TOKENS = 'ai.usage.outputTokens'
export const AI_USAGE_PROMPT_TOKENS = 'ai.usage.promptTokens'
export const AI_USAGE_COMPLETION_TOKENS = 'ai.usage.completionTokens'
export const AI_USAGE_TOTAL_TOKENS = 'ai.usage.totalTokens'
export const AI_USAGE_EMBEDDING_TOKENS = 'ai.usage.tokens'
export const AI_USAGE_CACHED_INPUT_TOKENS = 'ai.usage.cachedInputTokens'
export const AI_USAGE_REASONING_TOKENS = 'ai.usage.reasoningTokens'
export const AI_USAGE_NO_CACHE_TOKENS = 'ai.usage.inputTokenDetails.noCacheTokens'
export const AI_USAGE_CACHE_READ_TOKENS = 'ai.usage.inputTokenDetails.cacheReadTokens'
export const AI_USAGE_CACHE_WRITE_TOKENS = 'ai.usage.inputTokenDetails.cacheWriteTokens'
export const AI_USAGE_OUTPUT_REASONING_TOKENS = 'ai.usage.outputTokenDetails.reasoningTokens'

export const GEN_AI_USAGE_INPUT_TOKENS = 'gen_ai.usage.input_tokens'
export const GEN_AI_USAGE_OUTPUT_TOKENS = 'gen_ai.usage.output_tokens'
/** Replaced by `input_tokens`; AI SDK 4 still writes it on objects made in JSON mode. */
export const GEN_AI_USAGE_PROMPT_TOKENS = 'gen_ai.usage.prompt_tokens'
export const GEN_AI_USAGE_COMPLETION_TOKENS = 'gen_ai.usage.completion_tokens'
export const GEN_AI_USAGE_CACHE_READ_TOKENS = 'gen_ai.usage.cache_read.input_tokens'
export const GEN_AI_USAGE_CACHE_CREATION_TOKENS = 'gen_ai.usage.cache_creation.input_tokens'

/** Speech and transcription of AI SDK 7: the provider's own usage object, snake case. */
export const GEN_AI_USAGE_PREFIX = 'gen_ai.usage.'
export const AI_USAGE_PREFIX = 'ai.usage.'

// ---- read: who pays -----------------------------------------------------------------------

/** `metadata` of a call in AI SDK 4 to 6. */
export const AI_METADATA_USER_ID = 'ai.telemetry.metadata.userId'
export const AI_METADATA_USER_ID_SNAKE = 'ai.telemetry.metadata.user_id'
export const AI_METADATA_TENANT_ID = 'ai.telemetry.metadata.tenantId'
export const AI_METADATA_TENANT_ID_SNAKE = 'ai.telemetry.metadata.tenant_id'
export const AI_METADATA_PLAN = 'ai.telemetry.metadata.plan'
/** `runtimeContext` of a call in AI SDK 7. */
export const AI_CONTEXT_USER_ID = 'ai.settings.context.userId'
export const AI_CONTEXT_USER_ID_SNAKE = 'ai.settings.context.user_id'
export const AI_CONTEXT_TENANT_ID = 'ai.settings.context.tenantId'
export const AI_CONTEXT_TENANT_ID_SNAKE = 'ai.settings.context.tenant_id'
export const AI_CONTEXT_PLAN = 'ai.settings.context.plan'

// ---- read and written: who pays -----------------------------------------------------------

export const USER_ID = 'user.id'
export const TENANT_ID = 'tenant.id'
export const COST_PLAN = 'cost.plan'
export const COST_TAG_PREFIX = 'cost.tag.'

// ---- read again: whether a span has been stamped ------------------------------------------

export const COST_USD = 'cost.usd'
export const COST_STATUS = 'cost.status'
export const COST_REASON = 'cost.reason'
export const COST_ATTRIBUTION = 'cost.attribution'

/**
 * Every attribute that is written, by its name. All amounts are US dollars. A literal name in a
 * store keeps the attributes of a span out of V8's dictionary mode, a constant does not: the type
 * of the stamp, and not a constant, keeps the spelling in one place.
 */
export interface StampedAttributes {
  /** Semantic conventions, registry `user`, development status. */
  'user.id'?: string
  'tenant.id'?: string
  'cost.plan'?: string
  /** `none` where no user is known. */
  'cost.attribution'?: 'none'
  /** On leaf spans (one provider call) only. */
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
  /** The versions of all price sources that were asked. */
  'cost.price_version'?: string
  /** On AI spans above leaves: the sum of the leaves below that ended before. */
  'cost.rollup_usd'?: number
  /** On AI spans above leaves: how many calls below carry no cost, so are not in the roll-up. */
  'cost.rollup_missing_calls'?: number
  [tag: `cost.tag.${string}`]: string | undefined
}
