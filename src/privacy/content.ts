import { asObject, isParsable, readJsonObject } from '../span/json.ts'
import type { SpanLike } from '../span/span.ts'

/**
 * Attributes with what people wrote and models answered, and what tools were given and gave back:
 * the AI SDK's, those of the GenAI conventions, old and new, OpenInference's, Traceloop's, Langfuse's and
 * Braintrust's. Definitions of tools stay: fees are read from them.
 */
const content =
  /^(ai\.((prompt|request)(\.(messages|text|system))?$|(response|result)\.(text|object|toolCalls|reasoning|files|sources)$|toolCall\.(args|result)$|values?$|embeddings?$|documents$|query$|transcript$|ranking$|schema$|stream\.chunk$|decision\.)|gen_ai\.((input|output|request)\.messages|system_instructions|prompt|completion|tool\.(call\.(arguments|result)|(in|out)put$)|content|request\.(instructions|stop_sequences)|response\.(text|thinking|tool_calls)|retrieval\.|reasoning$|thinking$|evaluation\.explanation)|(input|output)\.(value|audio)|image\.|llm\.((input|output|request)_?\.?messages|prompts|completions|prompt_template|function_call)|message\.|document\.content|embedding\.(embeddings|text|vector)|retrieval\.documents|reranker\.|tool\.parameters$|tool_call\.function\.arguments|mcp\.request\.argument|lmnr\.span\.(in|out)put|traceloop\.prompt|(traceloop\.entity|braintrust|langfuse\.(trace|observation))\.(in|out)put)/

/** Of a request that OpenInference writes as one text: what a cost depends on. */
const asked = ['model', 'service_tier', 'speed', 'inference_geo', 'web_search_options', 'stream']
const answered = ['model', 'usage', 'service_tier']

/** What providers tell beside the answer that repeats it; that there was one may matter. */
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

/** The fields of a GenAI event that hold what was written: of the conventions before 1.37, which named them so. */
const eventContent = /^(content|message|body|tool_calls|arguments|text)(\.|$)/

/** Takes the content off a span's attributes and events, and leaves what a charge is computed from. */
export function dropContent({ attributes, events }: DroppedFrom): void {
  for (const event of events ?? []) safely(() => dropEventContent(event))
  dropAttributes(attributes)
}

/** What content is taken off: a span, or the copy of one that is exported. */
export interface DroppedFrom {
  readonly attributes: SpanLike['attributes']
  readonly events?: readonly { readonly name?: unknown; readonly attributes?: object | undefined }[]
}

function dropEventContent({ name, attributes }: NonNullable<DroppedFrom['events']>[number]): void {
  if (attributes === undefined) return
  const isGenAi = typeof name === 'string' && name.startsWith('gen_ai.')
  const fields = attributes as { [field: string]: unknown }
  for (const field in fields) {
    if (content.test(field) || (isGenAi && eventContent.test(field))) delete fields[field]
  }
}

function dropAttributes(attributes: SpanLike['attributes']): void {
  const parameters = safely(() => partOf(attributes['llm.invocation_parameters'], asked))
  const answer = safely(() => partOf(attributes['output.value'], answered))
  for (const name in attributes) if (content.test(name)) safely(() => delete attributes[name])
  const metadata = attributes['ai.response.providerMetadata']
  if (typeof metadata === 'string') {
    attributes['ai.response.providerMetadata'] = withoutRepeated(metadata)
  }
  if (parameters !== undefined) attributes['llm.invocation_parameters'] = parameters
  if (answer !== undefined) attributes['output.value'] = answer
}

/** An attribute that fails, such as one nested too deeply, keeps no other on the span. */
function safely<Result>(run: () => Result): Result | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}

function withoutRepeated(metadata: string): string {
  // Too long, or nested too deeply, to be read for the price, too.
  if (!isParsable(metadata)) return ''
  try {
    return JSON.stringify(
      JSON.parse(metadata, (name, value: unknown) => (repeated.has(name) ? {} : value)),
    )
  } catch {
    // Cut off, so unreadable for the price too.
    return ''
  }
}

/** Some fields of an object in JSON, and of its tools their types; `undefined` for all else. */
function partOf(json: unknown, fields: readonly string[]): string | undefined {
  const object = readJsonObject(json)
  if (typeof object !== 'object') return undefined
  const { tools } = object
  const kept = Object.entries(object).filter(([name]) => fields.includes(name))
  const types = Array.isArray(tools)
    ? tools.map((tool) => ({ type: asObject(tool)?.['type'] }))
    : []
  return JSON.stringify({ ...Object.fromEntries(kept), ...(types.length > 0 && { tools: types }) })
}
