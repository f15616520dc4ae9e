import { openai } from '@ai-sdk/openai'
import { generateText } from 'ai'
import { withAttribution } from 'costspan'
import { tracing } from './telemetry.ts'

const { text } = await withAttribution({ userId: 'u_42', tenantId: 'acme', plan: 'pro' }, () =>
  generateText({ model: openai('gpt-4o'), prompt: 'Why is the sky blue?' }),
)
console.log(text)
await tracing.shutdown().catch(console.error) // sends the spans that wait; a server calls it when it stops
