import { createOpenAI } from '@ai-sdk/openai'
import {
  startProvider,
  type ProviderOptions,
  type ServedCall,
} from '../../test/loopback/provider.ts'
import { startReceiver, type ReceivedSpan } from '../../test/loopback/receiver.ts'
import { createChatApp } from './chat-app.ts'
import { startTelemetry } from './instrumentation.ts'
import { replyTo } from './provider-script.ts'
import { requests } from './requests.ts'

export interface Run {
  /** What arrived at the receiver; the report is made from nothing else. */
  spans: ReceivedSpan[]
  /** The provider's own books, to check the report against. */
  served: ServedCall[]
}

/** Serves all requests at once: a user must come out right in a crowd, too. */
export async function runDemo(reply: ProviderOptions['reply'] = replyTo): Promise<Run> {
  const provider = await startProvider({ reply })
  const receiver = await startReceiver()
  const telemetry = startTelemetry(receiver.url)
  try {
    const openai = createOpenAI({ baseURL: `${provider.url}/openai/v1`, apiKey: 'loopback' })
    await Promise.all(requests.map(createChatApp(openai)))
  } finally {
    // Sends what the batch processor still holds.
    await telemetry.shutdown()
    await Promise.all([provider.close(), receiver.close()])
  }
  return { spans: receiver.spans, served: provider.calls }
}
