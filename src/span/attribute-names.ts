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
export const AI_METADATA_PREFIX = 'ai.telemetry.metadata.'
/** `runtimeContext` of a call in AI SDK 7. */
export const AI_CONTEXT_PREFIX = 'ai.settings.context.'

// ---- read and written: who pays -----------------------------------------------------------

/** Semantic conventions, registry `user`, development status. */
export const USER_ID = 'user.id'
export const TENANT_ID = 'tenant.id'
export const COST_PLAN = 'cost.plan'
export const COST_TAG_PREFIX = 'cost.tag.'
/** `none` where no user is known. */
export const COST_ATTRIBUTION = 'cost.attribution'

// ---- written: what it cost. All amounts are US dollars. -----------------------------------

/** On leaf spans (one provider call) only. */
export const COST_USD = 'cost.usd'
export const COST_INPUT_USD = 'cost.input_usd'
export const COST_OUTPUT_USD = 'cost.output_usd'
export const COST_CACHE_READ_USD = 'cost.cache_read_usd'
export const COST_CACHE_WRITE_USD = 'cost.cache_write_usd'
export const COST_FEES_USD = 'cost.fees_usd'
/** `billed`, `override` or `catalog`. */
export const COST_SOURCE = 'cost.source'
/** The list price, beside a billed cost. */
export const COST_LIST_USD = 'cost.list_usd'
export const COST_STATUS = 'cost.status'
export const COST_REASON = 'cost.reason'
export const COST_PRICE_VERSION = 'cost.price_version'
/** On AI spans above leaves: the sum of the leaves below that ended before. */
export const COST_ROLLUP_USD = 'cost.rollup_usd'
/** On AI spans above leaves: how many calls below carry no cost, so are not in the roll-up. */
export const COST_ROLLUP_MISSING_CALLS = 'cost.rollup_missing_calls'
