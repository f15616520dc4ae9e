/**
 * What `recordCall` and `costspan/clients` write besides names of the GenAI conventions: every part of a usage.
 * Not below `gen_ai.usage.`, because backends sum all attributes there.
 */
export interface RecordedAttributes {
  /** `true` on each span that costspan itself makes. */
  readonly 'cost.recorded'?: unknown
  /** `true` on a call whose request was never sent, because no connection was made. */
  readonly 'cost.not_sent'?: unknown
  /** `true` where `costspan/clients` read the usage from the provider's answer. It overrides any other usage on the span. */
  readonly 'cost.usage.from_answer'?: unknown
  /** Beside it the totals, counted as by the GenAI conventions. The instrumentation may write totals of its own. */
  readonly 'cost.usage.input_tokens'?: unknown
  /** Output tokens, all of them. */
  readonly 'cost.usage.output_tokens'?: unknown
  /** Input tokens that were read from a cache. */
  readonly 'cost.usage.cache_read.input_tokens'?: unknown
  /** Input tokens that were written to a cache. */
  readonly 'cost.usage.cache_creation.input_tokens'?: unknown
  /** Of an answer that was stopped: the fewest tokens, as `TextTokens`. */
  readonly 'cost.usage.at_least'?: unknown
  /** The most; absent if there is no limit. */
  readonly 'cost.usage.at_most'?: unknown
  /** The tokens written to a cache for an hour; absent if that is not known. */
  readonly 'cost.usage.cache_write_1h_tokens'?: unknown
  /** Reasoning tokens. */
  readonly 'cost.usage.reasoning_tokens'?: unknown
  /** Audio tokens of the input. */
  readonly 'cost.usage.audio_input_tokens'?: unknown
  /** Audio tokens of the answer. */
  readonly 'cost.usage.audio_output_tokens'?: unknown
  /** Image tokens of the input. */
  readonly 'cost.usage.image_input_tokens'?: unknown
  /** Image tokens of the answer. */
  readonly 'cost.usage.image_output_tokens'?: unknown
  /** Characters of text spoken. */
  readonly 'cost.usage.characters'?: unknown
  /** Seconds of audio transcribed. */
  readonly 'cost.usage.seconds'?: unknown
  /** The number of searches that the provider ran. */
  readonly 'cost.usage.searches'?: unknown
  /** The unknown parts of the usage, as bits of `unseen.ts`. */
  readonly 'cost.usage.unseen'?: unknown
  /** The service tier, such as `flex`. */
  readonly 'cost.service_tier'?: unknown
  /** The region that inference is bound to. */
  readonly 'cost.region'?: unknown
  /** The reported cost in US dollars. */
  readonly 'cost.billed_usd'?: unknown
  /** Whether the call ran on a key of your own. */
  readonly 'cost.billed_own_key'?: unknown
  /** With a key of your own: what the model's provider charges, in US dollars. */
  readonly 'cost.billed_upstream_usd'?: unknown
}
