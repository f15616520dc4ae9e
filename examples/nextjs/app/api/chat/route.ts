import { openai } from '@ai-sdk/openai'
import { convertToModelMessages, streamText } from 'ai'
import { attributed } from 'costspan/next'
import { after } from 'next/server'
import { signedInUser } from './signed-in-user'

export const POST = attributed(signedInUser, async (request: Request) => {
  const { messages } = await request.json()
  const prompt = await convertToModelMessages(messages)
  const answer = streamText({ model: openai('gpt-5-mini'), messages: prompt })
  // Who leaves halfway has still bought the whole answer. Reading it to its end tells what it cost.
  after(async () => answer.consumeStream())
  return answer.toUIMessageStreamResponse()
})
