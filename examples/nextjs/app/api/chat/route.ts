import { openai } from '@ai-sdk/openai'
import { convertToModelMessages, streamText } from 'ai'
import { withAttribution } from 'costspan'
import { after } from 'next/server'
import { signedInUser } from './signed-in-user'

export async function POST(request: Request) {
  const { userId, tenantId, plan } = signedInUser(request)
  const { messages } = await request.json()
  const prompt = await convertToModelMessages(messages)

  return withAttribution({ userId, tenantId, plan }, () => {
    const answer = streamText({ model: openai('gpt-5-mini'), messages: prompt })
    // Who leaves halfway has still bought the whole answer. Reading it to its end tells what it cost.
    after(async () => answer.consumeStream())
    return answer.toUIMessageStreamResponse()
  })
}
