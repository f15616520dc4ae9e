import type { ProviderRequest, Reply } from '../../test/loopback/exchange.ts'

/**
 * What the provider answers and how many tokens it counts: by the model, the length of the
 * question and the results of tools so far. The same in every run, in whatever order users ask.
 */
export function replyTo(request: ProviderRequest): Reply {
  const script = scripts[request.model]
  if (script === undefined) throw new Error(`The script has no part for ${request.model}`)
  const { input } = request.body as { input: (Item | string)[] }
  const question = questionIn(input)
  const toolResults = itemsIn(input).filter(({ type }) => type === 'function_call_output').length
  return script({
    question,
    tokens: Math.ceil(question.length / 4),
    toolResults,
    values: request.values,
  })
}

interface Turn {
  question: string
  /** The length of the question: a token is about four characters of English. */
  tokens: number
  toolResults: number
  /** How many texts are to be embedded. */
  values: number
}

const scripts: Record<string, (turn: Turn) => Reply> = {
  // The handbook in front of every question is in the provider's cache, where a token costs a tenth.
  'gpt-5-mini': ({ tokens }) => ({
    text: 'Open Settings. There it is, under Team.',
    usage: {
      uncachedInput: 94 + tokens,
      cacheRead: 6_144,
      reasoning: 192,
      outputText: 180 + 8 * tokens,
    },
  }),

  'gpt-5': ({ question, tokens, toolResults }) =>
    toolResults === 0
      ? {
          toolCalls: [{ name: 'investigate', input: { question } }],
          usage: { uncachedInput: 1_310 + tokens, reasoning: 448, outputText: 30 + tokens },
        }
      : {
          text: 'Three points stand out.',
          usage: {
            uncachedInput: 930 + tokens,
            cacheRead: 1_280,
            reasoning: 704,
            outputText: 420 + 9 * tokens,
          },
        },

  'gpt-4o': ({ tokens, toolResults }) =>
    toolResults === 0
      ? {
          toolCalls: [{ name: 'readPage', input: { url: 'https://example.com/report' } }],
          usage: { uncachedInput: 240 + tokens, outputText: 28 },
        }
      : {
          text: 'The page says so.',
          usage: { uncachedInput: 3_870 + 20 * tokens, outputText: 310 + 4 * tokens },
        },

  'gpt-4o-mini': ({ tokens }) => ({
    text: 'In short: all is well.',
    usage: { uncachedInput: 8_200 + 60 * tokens, outputText: 380 + 4 * tokens },
  }),

  'text-embedding-3-small': ({ tokens, values }) => ({
    usage: { uncachedInput: tokens + (values - 1) * 1_450 },
  }),

  // In no price list, on either side.
  'gpt-next-beta': ({ tokens }) => ({
    text: 'We are sorry, and here is what we will do.',
    usage: { uncachedInput: 210 + tokens, outputText: 160 + 5 * tokens },
  }),
}

/** An entry of the `input` of OpenAI's responses API. */
interface Item {
  role?: string
  type?: string
  content?: { text: string }[]
}

/** What the user wrote; of texts to be embedded, the first. */
function questionIn(input: (Item | string)[]): string {
  const [first] = input
  if (typeof first === 'string') return first
  const asked = itemsIn(input).findLast(({ role }) => role === 'user')
  return asked?.content?.map(({ text }) => text).join('') ?? ''
}

function itemsIn(input: (Item | string)[]): Item[] {
  return input.filter((entry) => typeof entry === 'object')
}
