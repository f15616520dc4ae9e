import { asObject, isParsable, readJsonObject } from '../span/json.ts'
import type { SpanLike } from '../span/span.ts'
import type { SpanContent } from './content-option.ts'

/**
 * Attributes with prompts, answers, and arguments and results of tools: those of the AI SDK, of old and new GenAI
 * conventions, of OpenInference, Traceloop, Langfuse and Braintrust. Definitions of tools are kept, because fees are read
 * from them.
 */
const content =
  /^(ai\.((prompt|request)(\.(messages|text|system))?$|(response|result)\.(text|object|toolCalls|reasoning|files|sources)$|toolCall\.(args|result)$|values?$|embeddings?$|documents$|query$|transcript$|ranking$|schema$|stream\.chunk$|decision\.)|gen_ai\.((input|output|request)\.messages|system_instructions|prompt|completion|tool\.(call\.(arguments|result)|(in|out)put$)|content|request\.(instructions|stop_sequences)|response\.(text|thinking|tool_calls)|retrieval\.|reasoning$|thinking$|evaluation\.explanation)|(input|output)\.(value|audio)|image\.|llm\.((input|output|request)_?\.?messages|prompts|completions|prompt_template|function_call)|message\.|document\.content|embedding\.(embeddings|text|vector)|retrieval\.documents|reranker\.|tool\.parameters$|tool_call\.function\.arguments|mcp\.request\.argument|lmnr\.span\.(in|out)put|traceloop\.prompt|(traceloop\.entity|braintrust|langfuse\.(trace|observation))\.(in|out)put)/

/** The fields that a cost depends on, in a request that OpenInference writes as one text, and in its answer. */
const requestFields = [
  'model',
  'service_tier',
  'speed',
  'inference_geo',
  'web_search_options',
  'stream',
]
const answerFields = ['model', 'usage', 'service_tier']

/** Provider metadata that repeats the answer. Emptied and not removed, because its presence may matter for the cost. */
const repeated = new Set([
  'logprobs',
  'sources',
  'citations',
  'annotations',
  'images',
  'reasoning',
  'reasoning_details',
  'groundingMetadata',
])

/** The fields of a GenAI event that hold content, by the names of the conventions before 1.37. */
const eventContent = /^(content|message|body|tool_calls|arguments|text)(\.|$)/

/**
 * Removes prompts, answers, and arguments and results of tools from a span and its events, and keeps all that a charge is
 * computed from. It is a function to import, so that a bundle has it only where an application uses it. It never throws.
 *
 * @example
 * import { CostSpanProcessor, dropContent } from 'costspan'
 *
 * const processor = new CostSpanProcessor({ privacy: { dropContent } })
 */
export function dropContent(span: SpanContent): void {
  for (const event of span.events ?? []) {
    // A frozen event is taken off the span.
    if (safely(() => isCleared(event)) === true) continue
    Reflect.set(
      span,
      'events',
      span.events?.filter((other) => other !== event),
    )
  }
  dropAttributes(span.attributes)
}

/** Removes the content of an event. Of frozen attributes nothing can be deleted, so all of them are replaced. */
function isCleared(event: NonNullable<SpanContent['events']>[number]): boolean {
  const name = event?.name
  const fields = event?.attributes as { readonly [field: string]: unknown } | undefined
  const isGenAi = typeof name === 'string' && name.startsWith('gen_ai.')
  for (const field in fields) {
    const isContent = content.test(field) || (isGenAi && eventContent.test(field))
    if (isContent && !Reflect.deleteProperty(fields, field)) {
      return Reflect.set(event, 'attributes', {})
    }
  }
  return true
}

function dropAttributes(attributes: SpanLike['attributes']): void {
  const parameters = safely(() => partOf(attributes['llm.invocation_parameters'], requestFields))
  const answer = safely(() => partOf(attributes['output.value'], answerFields))
  for (const name in attributes) if (content.test(name)) safely(() => delete attributes[name])
  const metadata = attributes['ai.response.providerMetadata']
  if (typeof metadata === 'string') {
    // Where it is cut off, too long, or nested too deeply, the price does not read it either.
    attributes['ai.response.providerMetadata'] = safely(() => withoutRepeated(metadata)) ?? ''
  }
  if (parameters !== undefined) attributes['llm.invocation_parameters'] = parameters
  if (answer !== undefined) attributes['output.value'] = answer
}

/** An attribute that fails, such as one nested too deeply, does not keep the others from being removed. */
function safely<Result>(run: () => Result): Result | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}

function withoutRepeated(metadata: string): string | undefined {
  if (!isParsable(metadata)) return undefined
  return JSON.stringify(
    JSON.parse(metadata, (name, value: unknown) => (repeated.has(name) ? {} : value)),
  )
}

/** The JSON of an object with some of its fields, and of its tools the types alone; `undefined` if it is no object. */
function partOf(json: unknown, fields: readonly string[]): string | undefined {
  const object = readJsonObject(json)
  if (typeof object !== 'object') return undefined
  const { tools } = object
  const kept = Object.fromEntries(Object.entries(object).filter(([name]) => fields.includes(name)))
  if (Array.isArray(tools) && tools.length > 0) {
    kept['tools'] = tools.map((tool) => ({ type: asObject(tool)?.['type'] }))
  }
  return JSON.stringify(kept)
}
