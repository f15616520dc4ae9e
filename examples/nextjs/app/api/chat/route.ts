import { openai } from '@ai-sdk/openai'
import { trace } from '@opentelemetry/api'
import { convertToModelMessages, safeValidateUIMessages, streamText } from 'ai'
import { nextAttribution } from 'costspan/middleware'
import { after } from 'next/server'
import type { ChatMessage } from '../../chat-message'
import { signedInUser } from '../../session'
import { models } from '../../users'

export const POST = nextAttribution(signedInUser, async (request: Request) => {
  const user = await signedInUser()
  if (user === undefined) return new Response('Sign in first.', { status: 401 })
  const body = await request.json().catch(() => undefined)
  const checked = await safeValidateUIMessages<ChatMessage>({ messages: body?.messages })
  // Instructions to the model are the server's to give, not the browser's.
  if (!checked.success || checked.data.some(({ role }) => role === 'system')) {
    return new Response('Expected the messages of a chat.', { status: 400 })
  }

  const prompt = await convertToModelMessages(checked.data)
  // No `abortSignal: request.signal`: it fires when the reader leaves, and the cost would be unknown.
  const answer = streamText({ model: openai(models[user.plan]), messages: prompt })
  // Who stops or leaves halfway has still bought the whole answer. Reading it to its end tells what it cost.
  after(async () => answer.consumeStream())

  const traceId = trace.getActiveSpan()?.spanContext().traceId
  return answer.toUIMessageStreamResponse<ChatMessage>({
    messageMetadata: ({ part }) => (part.type === 'start' ? { traceId } : undefined),
  })
})
