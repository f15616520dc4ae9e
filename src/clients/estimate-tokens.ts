/**
 * Estimates the tokens of a prompt from its request, for calls whose provider never reported usage: a stream that was
 * stopped. Texts are counted by `TokenCount`. What a provider adds around them is documented for chat completions only
 * in part, so the upper bound allows more for it, and is open where a request has contents whose tokens it does not show.
 */
import { asObject, type JsonObject } from '../span/json.ts'
import { TokenCount, type TokenEstimate, type TokenizerFamily } from './token-count.ts'

export { TokenCount, type TokenEstimate, type TokenizerFamily } from './token-count.ts'

/** Models that have other inputs or outputs than text, or vocabularies that are not published. */
const NOT_TEXT = /(?:audio|realtime|transcribe|tts|image|search)/
const O200K = /^(?:gpt-4o|chatgpt-4o|gpt-4\.[15]|gpt-5|gpt-oss|o[134]|codex-mini)(?:$|[-.])/
const CL100K = /^(?:gpt-4|gpt-3\.5|gpt-35|text-embedding-3|text-embedding-ada-002)(?:$|-)/
const OPENAI_MODELS_OF = new Set([
  'openai',
  'azure',
  'azure.ai.openai',
  'azure.ai.inference',
  'azure_openai',
])

/** The tokenizer of an OpenAI model; `undefined` where no rule is measured. A gateway's model starts with `openai/`. */
export function tokenizerFamilyOf(provider: string, model: string): TokenizerFamily | undefined {
  const isNamed = model.startsWith('openai/')
  if (!isNamed && !OPENAI_MODELS_OF.has(provider)) return undefined
  const name = model.slice(isNamed ? 7 : 0).toLowerCase()
  // A fine-tuned model: `ft:gpt-4o-mini-2024-07-18:organization::id`.
  const base = name.startsWith('ft:') ? (name.split(':', 2)[1] ?? '') : name
  if (NOT_TEXT.test(base)) return undefined
  if (O200K.test(base)) return 'o200k'
  return CL100K.test(base) ? 'cl100k' : undefined
}

/** Tokens around each message (its role is another one), before the reply, and for a name, as OpenAI documents them. */
const MESSAGE = 3
const REPLY = 3
const NAME = 1
/** Tokens of tool definitions, as OpenAI documents them; the first differs by family. */
const FUNCTION = { o200k: 7, cl100k: 10 } as const
const PROPERTIES = 3
const PROPERTY = 3
const ENUM = -3
const ENUM_ITEM = 3
const FUNCTIONS_END = 12
/** What the upper bound allows for each value of a request, and for instructions that a provider adds to each prompt. */
const MOST_PER_VALUE = 8
const MOST_PER_PROMPT = 200
/**
 * UTF-16 units of a prompt that are counted: the caller waits for this when it stops a stream. What is longer is estimated by
 * its length.
 */
const LONGEST_COUNTED = 262_144
/** Tokens that a cut between two counted texts may add. */
const MOST_PER_CUT = 8
/** Deeper requests are not read: their upper bound is open. */
const MOST_DEPTH = 64

/** The fields of messages and their parts whose texts are in the prompt as they are. */
const TEXTS = new Set(['content', 'text', 'refusal', 'arguments', 'output', 'name', 'input'])
/** Parts that are text. Any other type (images, audio, files, references) has tokens that the request does not show. */
const TEXT_TYPES = new Set([
  'text',
  'input_text',
  'output_text',
  'refusal',
  'message',
  'function',
  'function_call',
  'function_call_output',
  'custom',
  'custom_tool_call',
  'custom_tool_call_output',
])
/** Fields of a request that refer to contents at the provider. */
const REFERENCES = ['previous_response_id', 'conversation', 'web_search_options'] as const

/** The tokens of the prompt of a request for chat completions, responses or completions. */
export function estimatePrompt(body: JsonObject, family: TokenizerFamily): TokenEstimate {
  const prompt = new Prompt(family)
  for (const field of [body['messages'], body['input'], body['prompt']]) prompt.addMessages(field)
  if (typeof body['instructions'] === 'string') prompt.addMessages(body['instructions'])
  prompt.addTools(body['tools'])
  prompt.addTools(body['functions'])
  prompt.addFormat(
    asObject(body['response_format']) ?? asObject(asObject(body['text'])?.['format']),
  )
  // The provider may drop messages that its model has no room for.
  if (body['truncation'] === 'auto') prompt.allowLess()
  if (REFERENCES.some((name) => body[name] !== undefined && body[name] !== null)) prompt.open()
  return prompt.estimate()
}

class Prompt {
  readonly #family: TokenizerFamily
  #tokens = REPLY
  #atLeast = 0
  #atMost = MOST_PER_PROMPT
  #charactersLeft = LONGEST_COUNTED

  constructor(family: TokenizerFamily) {
    this.#family = family
  }

  /** The prompt has contents that the request does not show. */
  open(): void {
    this.#atMost = Infinity
  }

  /** The provider may leave out contents of the request. */
  allowLess(): void {
    this.#atLeast = 0
  }

  estimate(): TokenEstimate {
    const tokens = Math.min(Math.max(this.#tokens, this.#atLeast), this.#atMost)
    return { tokens, atLeast: this.#atLeast, atMost: this.#atMost }
  }

  addMessages(messages: unknown): void {
    if (messages === undefined || messages === null) return
    if (typeof messages === 'string') {
      this.#tokens += MESSAGE + 1
      this.#addText(messages)
    } else if (Array.isArray(messages)) {
      for (const message of messages) this.#addMessage(message)
    } else {
      // A prompt template: its text is at the provider.
      this.open()
    }
  }

  addTools(tools: unknown): void {
    if (!Array.isArray(tools) || tools.length === 0) return
    this.#tokens += FUNCTIONS_END
    for (const tool of tools) {
      const definition = asObject(tool)
      const type = definition?.['type']
      // Tools that run at the provider have instructions that it does not publish.
      if (definition === undefined || (type !== undefined && type !== 'function')) this.open()
      this.#allow(tool, 0)
      const described = asObject(definition?.['function']) ?? definition
      if (described === undefined) continue
      this.#tokens += FUNCTION[this.#family]
      this.#tokens += this.#count(
        `${textOf(described['name'])}:${textOf(described['description'])}`,
      )
      this.#addProperties(asObject(described['parameters']), 0)
    }
  }

  /** A schema that the answer follows is a part of the prompt. */
  addFormat(format: JsonObject | undefined): void {
    const schema = asObject(format?.['json_schema']) ?? format
    if (schema?.['schema'] === undefined) return
    this.#allow(schema, 0)
    this.#addProperties(asObject(schema['schema']), 0)
  }

  #addMessage(message: unknown): void {
    if (typeof message === 'string') {
      this.#addText(message)
      return
    }
    const fields = asObject(message)
    this.#tokens += MESSAGE + 1
    if (fields === undefined) {
      // A token by its number, or what is no message.
      this.open()
      return
    }
    if (typeof fields['name'] === 'string') this.#tokens += NAME
    this.#addFields(fields, 0)
  }

  #addFields(fields: JsonObject, depth: number): void {
    const type = fields['type']
    if (type !== undefined && !(typeof type === 'string' && TEXT_TYPES.has(type))) {
      this.open()
      return
    }
    for (const [name, value] of Object.entries(fields)) this.#addField(name, value, depth)
  }

  #addField(name: string, value: unknown, depth: number): void {
    this.#atMost += MOST_PER_VALUE
    if (depth > MOST_DEPTH) {
      this.open()
    } else if (typeof value === 'string') {
      if (TEXTS.has(name)) this.#addText(value)
      else this.#atMost += bytesOf(value)
    } else if (Array.isArray(value)) {
      for (const item of value) this.#addField(name, item, depth + 1)
    } else {
      const fields = asObject(value)
      if (fields !== undefined) this.#addFields(fields, depth + 1)
    }
  }

  #addText(text: string): void {
    const { tokens, atLeast, atMost } = this.#estimateOf(text)
    this.#tokens += tokens
    this.#atLeast += atLeast
    this.#atMost += atMost + MOST_PER_VALUE
  }

  /** The properties of a JSON schema, as providers render them for a model. */
  #addProperties(schema: JsonObject | undefined, depth: number): void {
    const properties = Object.entries(asObject(schema?.['properties']) ?? {})
    if (properties.length === 0) return
    if (depth > MOST_DEPTH) {
      this.open()
      return
    }
    this.#tokens += PROPERTIES
    for (const [name, value] of properties) {
      const property = asObject(value)
      const items = asObject(property?.['items'])
      const description = textOf(property?.['description'])
      this.#tokens += PROPERTY + this.#count(`${name}:${textOf(property?.['type'])}:${description}`)
      for (const choices of [property?.['enum'], items?.['enum']]) {
        if (!Array.isArray(choices)) continue
        this.#tokens += ENUM
        for (const choice of choices) this.#tokens += ENUM_ITEM + this.#count(textOf(choice))
      }
      this.#addProperties(property, depth + 1)
      this.#addProperties(items, depth + 1)
    }
  }

  /** Raises the upper bound for all that a definition has: one token for each byte, and the syntax around it. */
  #allow(value: unknown, depth: number): void {
    this.#atMost += MOST_PER_VALUE
    if (depth > MOST_DEPTH) {
      this.open()
    } else if (typeof value === 'string') {
      this.#atMost += bytesOf(value)
    } else if (typeof value === 'number') {
      this.#atMost += String(value).length
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) {
        // Providers repeat indentation on each level.
        this.#atMost += bytesOf(name) + depth
        this.#allow(item, depth + 1)
      }
    }
  }

  #count(text: string): number {
    return this.#estimateOf(text).tokens
  }

  #estimateOf(text: string): TokenEstimate {
    const count = new TokenCount(this.#family)
    const counted = Math.min(text.length, this.#charactersLeft)
    this.#charactersLeft -= counted
    count.add(counted === text.length ? text : text.slice(0, counted))
    const estimate = count.estimate()
    const rest = text.length - counted
    return rest === 0 ? estimate : extrapolated(estimate, counted, rest)
  }
}

/** Estimates a text of which only the beginning was counted. No token is shorter than a byte. */
function extrapolated(counted: TokenEstimate, characters: number, rest: number): TokenEstimate {
  const perCharacter =
    characters < SHORTEST_SAMPLE ? TOKENS_PER_CHARACTER : counted.tokens / characters
  return {
    tokens: counted.tokens + rest * perCharacter,
    atLeast: counted.atLeast,
    atMost: counted.atMost + rest * 3 + MOST_PER_CUT,
  }
}

/** Shorter beginnings do not show how many tokens the rest has. */
const SHORTEST_SAMPLE = 1024
/** As OpenAI documents it for English. */
const TOKENS_PER_CHARACTER = 0.25

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The most bytes of UTF-8 that a text can have. */
function bytesOf(text: string): number {
  return text.length * 3
}
