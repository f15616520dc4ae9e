/** A stream that offers a tool, beside Sentry 10 with or without its own AI spans; prints how it ended. */
import { createOpenAI } from '@ai-sdk/openai'
import * as Sentry from '@sentry/node'
import { jsonSchema, stepCountIs, streamText } from 'ai'
import { dsnOf } from './dsn.mjs'

const withoutItsOwnAiSpans = (defaults) => defaults.filter(({ name }) => name !== 'VercelAI')
Sentry.init({
  dsn: dsnOf(process.env.THEIR_URL),
  tracesSampleRate: 1,
  ...(process.env.AI_SPANS === 'of the AI SDK' && { integrations: withoutItsOwnAiSpans }),
})

const openai = createOpenAI({ baseURL: `${process.env.PROVIDER_URL}/openai/v1`, apiKey: 'none' })
const weather = {
  description: 'Tells the weather.',
  inputSchema: jsonSchema({ type: 'object', properties: { city: { type: 'string' } } }),
  execute: async () => ({ degrees: 21 }),
}
let ended = 'complete'
const answer = streamText({
  model: openai('gpt-4o'),
  tools: { weather },
  stopWhen: stepCountIs(3),
  prompt: 'Bern?',
  onError: ({ error }) => {
    ended = error.message
  },
})
await answer.consumeStream()
await Sentry.close(2_000)
process.stdout.write(ended)
