import type { ProviderRequest, Reply } from '../../../test/loopback/exchange.ts'

const ANSWERS: Record<string, string> = {
  'Why is the sky blue?':
    'Sunlight is a mixture of all colours. On its way down it meets the molecules of the air, which scatter short waves far more than long ones. Blue light is thrown about until it reaches you from every direction, while red and yellow go straight on. In the evening the way through the air is so long that the blue is gone before it arrives, and what is left of the sun is red.',
  'Explain inflation to a child':
    'Imagine that everybody in your class has ten marbles, and one comic costs two of them. Now the teacher gives everybody ten marbles more. There are no more comics than before, so whoever has one soon asks for four marbles. You have twice as many marbles and can buy as many comics as before. That is inflation: not the comics became better, the marbles became worth less.',
  'Write a haiku about an invoice':
    'Tokens fall like snow.\nEach of them has somebody.\nThe bill knows their names.',
}

const ANY_ANSWER =
  'I am no model but a stand-in on your own machine, so I know nothing about that. I do count tokens as a model does, and I bill for them by a price list of my own. What you see beside this chat was not told by me: costspan read the usage off the span of this call, found the price of the model in its catalogue, and put the cost and your name on the span.'

/** A few sentences that a system prompt and its cache would come to. */
const CACHED_TOKENS = 1_024
const REASONING_TOKENS = 128
const CHARACTERS_OF_A_TOKEN = 4

/** Asked to break off, it does: such a call is billed, and its usage is reported nowhere. */
export function replyTo({ body, model }: ProviderRequest): Reply {
  const question = lastQuestionIn(body)
  const text = ANSWERS[question] ?? ANY_ANSWER
  if (/break off/i.test(question)) return { text, failure: 'cut' }
  return {
    text,
    delayMilliseconds: 500,
    usage: {
      uncachedInput: tokens(JSON.stringify(body['input'])),
      cacheRead: CACHED_TOKENS,
      reasoning: model === 'gpt-5' ? REASONING_TOKENS : 0,
      outputText: tokens(text),
    },
  }
}

function tokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_OF_A_TOKEN)
}

/** In the `input` of OpenAI's responses API. */
function lastQuestionIn(body: Record<string, unknown>): string {
  const items = body['input'] as { role?: string; content?: { text: string }[] }[]
  const asked = items.findLast(({ role }) => role === 'user')
  return asked?.content?.map(({ text }) => text).join('') ?? ''
}
