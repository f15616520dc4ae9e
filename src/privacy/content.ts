import type { SpanLike } from '../span/span.ts'

/**
 * Attributes with what people wrote and models answered, and what tools were given and gave back:
 * the AI SDK's, those of the GenAI conventions, old and new, OpenInference's, Traceloop's, Langfuse's and
 * Braintrust's. Definitions of tools stay: fees are read from them.
 */
const content =
  /^(ai\.(prompt(\.messages)?$|response\.(text|object|toolCalls|reasoning|files)$|toolCall\.(args|result)$|values?$|embeddings?$|documents$|ranking$|schema$)|gen_ai\.((input|output)\.messages|system_instructions|prompt|completion|tool\.call\.(arguments|result)|content|request\.instructions)|(input|output)\.(value|mime_type)$|llm\.((input|output)_messages|prompts|completions|prompt_template)|message\.|embedding\.(embeddings|text|vector)|retrieval\.documents|reranker\.|tool\.parameters$|(traceloop\.entity|braintrust|langfuse\.(trace|observation))\.(in|out)put)/

/** Takes the content off a span's attributes. */
export function dropContent(attributes: SpanLike['attributes']): void {
  for (const name in attributes) if (content.test(name)) delete attributes[name]
}
