import { OpenTelemetry } from '@ai-sdk/otel'
import { openai } from '@ai-sdk/openai'
import * as ai7 from 'ai'
import * as ai4 from 'ai-4'
import * as ai5 from 'ai-5'
import * as ai6 from 'ai-6'
import { openai as openai4 } from 'openai-4'
import { openai as openai5 } from 'openai-5'
import { openai as openai6 } from 'openai-6'
import { z } from 'zod'
import { attributedTo } from '../../../src/ai-sdk/index.ts'

declare const user: { id: string; organisation: string | null; plan?: string } | undefined

const who = attributedTo({ userId: user?.id, tenantId: user?.organisation, plan: user?.plan })
const own = { functionId: 'chat', recordInputs: false, metadata: { sessionId: 's1', turn: 3 } }
const withOwn = attributedTo({ userId: user?.id, tags: { release: process.env['RELEASE'] } }, own)
const schema = z.object({ city: z.string() })
const prompt = 'Hello'
const values = ['a', 'b']

export const calls4 = [
  ai4.generateText({ model: openai4('gpt-4o'), prompt, ...who }),
  ai4.streamText({ model: openai4('gpt-4o'), prompt, ...withOwn }),
  ai4.generateObject({ model: openai4('gpt-4o'), prompt, schema, ...who }),
  ai4.streamObject({ model: openai4('gpt-4o'), prompt, schema, ...withOwn }),
  ai4.embed({ model: openai4.embedding('e'), value: 'a', ...who }),
  ai4.embedMany({ model: openai4.embedding('e'), values, ...withOwn }),
]

export const calls5 = [
  ai5.generateText({ model: openai5('gpt-4o'), prompt, ...who }),
  ai5.streamText({ model: openai5('gpt-4o'), prompt, ...withOwn }),
  ai5.generateObject({ model: openai5('gpt-4o'), prompt, schema, ...who }),
  ai5.streamObject({ model: openai5('gpt-4o'), prompt, schema, ...withOwn }),
  ai5.embed({ model: openai5.textEmbeddingModel('e'), value: 'a', ...who }),
  ai5.embedMany({ model: openai5.textEmbeddingModel('e'), values, ...withOwn }),
]

export const calls6 = [
  ai6.generateText({ model: openai6('gpt-4o'), prompt, ...who }),
  ai6.streamText({ model: openai6('gpt-4o'), prompt, ...withOwn }),
  ai6.generateObject({ model: openai6('gpt-4o'), prompt, schema, ...who }),
  ai6.streamObject({ model: openai6('gpt-4o'), prompt, schema, ...withOwn }),
  ai6.embed({ model: openai6.embedding('e'), value: 'a', ...who }),
  ai6.embedMany({ model: openai6.embedding('e'), values, ...withOwn }),
]

const included = {
  functionId: 'chat',
  includeRuntimeContext: { requestId: true },
  integrations: [new OpenTelemetry()],
}

export const calls7 = [
  ai7.generateText({ model: openai('gpt-4o'), prompt, ...who }),
  ai7.streamText({ model: openai('gpt-4o'), prompt, ...withOwn }),
  ai7.generateObject({ model: openai('gpt-4o'), prompt, schema, ...who }),
  ai7.streamObject({ model: openai('gpt-4o'), prompt, schema, ...withOwn }),
  ai7.embed({ model: openai.embedding('e'), value: 'a', ...who }),
  ai7.embedMany({ model: openai.embedding('e'), values, ...withOwn }),
  ai7.generateText({
    model: openai('gpt-4o'),
    prompt,
    runtimeContext: { requestId: 'r1' },
    ...attributedTo({ userId: 'u_42' }, included),
  }),
  ai7.streamText({
    model: openai('gpt-4o'),
    prompt,
    runtimeContext: { requestId: 'r1' },
    ...attributedTo({ userId: 'u_42' }, { includeRuntimeContext: { requestId: true } }),
  }),
  new ai7.ToolLoopAgent({ model: openai('gpt-4o'), ...who }),
]

export const overwritten = {
  // @ts-expect-error the spread replaces it, so it has to be the second argument
  experimental_telemetry: { isEnabled: true },
  ...who,
}

// @ts-expect-error an id is text or a number
export const noId = attributedTo({ userId: { id: 'u_42' } })
// @ts-expect-error a promise is no attribution
export const notAwaited = attributedTo(Promise.resolve({ userId: 'u_42' }))
