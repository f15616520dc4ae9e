import { memoize } from '../memoize.ts'
import type { SpanLike } from '../span/span.ts'

/**
 * Names below a prefix of AI telemetry: `gen_ai.usage.input_tokens`, `llm.token_count.prompt`, `ai.prompt_tokens.used`
 * (Sentry 8), `llm.tokens.in`, `mlflow.chat.tokenUsage`, `langfuse.observation.usage_details`, `llm.cost.total`.
 */
const prefixedUsage =
  /^(?:gen_?ai|ai|llm|openai|anthropic|google|langfuse|mlflow|braintrust|traceloop|mastra|eve)[._].*(?:usage|token(?!iz)|cost(?![._-]?(?:cent|code|allocation)))/i

/** Names without such a prefix: `input_tokens`, `usage.prompt_tokens` (VoltAgent), `promptTokenCount`, `tokens.output`. */
const unprefixedUsage =
  /(?:^|[._-])(?:(?:prompt|completion|input|output)[._-]?tokens?(?:[._-]?(?:count|used|total|usage))?|usage[._-]total[._-]?tokens|(?<=^|usage[._-])tokens(?:[._-]total)?|tokens[._-](?:prompt|completion|input|output)|token[._-]?(?:counts?|usage)(?:[._-](?:prompt|completion|input|output|total))?)$/i

/** Limits, requests, prices and credentials are no usage. */
const noUsage =
  /max|limit|remain|budget|price|quota|threshold|bucket|(?:^|[._-])(?:refresh|push|access|auth|device|csrf|rate)[._-]?token|[._]per[._]|request[._]/i

/** Whether an attribute of that name holds an amount of usage. */
const namesUsage = memoize(
  (name) =>
    name.length <= LONGEST_NAME &&
    (prefixedUsage.test(name) || unprefixedUsage.test(name)) &&
    !noUsage.test(name),
  1000,
)

/** No name of usage is longer. */
const LONGEST_NAME = 100

/** Whether a span holds an amount of usage of a model, under any name. */
export function carriesUsage(attributes: SpanLike['attributes']): boolean {
  for (const name in attributes) {
    const value = attributes[name]
    if (typeof value === 'number') {
      if (value > 0 && namesUsage(name)) return true
    } else if (typeof value === 'string' && namesUsage(name) && isAmountAsText(value)) {
      return true
    }
  }
  return false
}

/** `'1000'`, or amounts as JSON: `'{"input":1000}'`. */
function isAmountAsText(value: string): boolean {
  const first = value.charCodeAt(0)
  if (first === OPENING_BRACE) return /[1-9]/.test(value.slice(0, 1000))
  return first > ZERO && first <= NINE && value.length < 16 && Number(value) > 0
}

const OPENING_BRACE = '{'.charCodeAt(0)
const ZERO = '0'.charCodeAt(0)
const NINE = '9'.charCodeAt(0)
