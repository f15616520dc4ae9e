/** What an application does: two users on two models, so that the provider's tally distinguishes them. */
import { withAttribution } from 'costspan'

const isAiSdk6 = process.env.AI_SDK === '6'
const { generateText, streamText, embed, jsonSchema, stepCountIs, registerTelemetry } =
  await import(isAiSdk6 ? 'ai-6' : 'ai')
const { createOpenAI } = await import(isAiSdk6 ? 'openai-6' : '@ai-sdk/openai')

const openai = createOpenAI({ baseURL: `${process.env.PROVIDER_URL}/openai/v1`, apiKey: 'none' })
const maya = { userId: 'maya', plan: 'pro', tenantId: 'acme' }
const tom = { userId: 'tom', plan: 'free', tenantId: 'globex' }

/** AI SDK 7 is set up once to emit spans, earlier ones on every call. */
export async function registerAiSdk() {
  if (isAiSdk6) return
  const { LegacyOpenTelemetry, OpenTelemetry } = await import('@ai-sdk/otel')
  const modern = () => new OpenTelemetry({ usage: true, providerMetadata: true })
  registerTelemetry(
    process.env.AI_SDK === '7 with LegacyOpenTelemetry' ? new LegacyOpenTelemetry() : modern(),
  )
}

const telemetry = (metadata) =>
  isAiSdk6 ? { experimental_telemetry: { isEnabled: true, metadata } } : {}

const weather = {
  description: 'Tells the weather.',
  inputSchema: jsonSchema({ type: 'object', properties: { city: { type: 'string' } } }),
  execute: async () => ({ degrees: 21 }),
}

export async function work() {
  await withAttribution(maya, async () => {
    const model = openai('gpt-4o')
    const tools = { weather }
    await generateText({ model, tools, stopWhen: stepCountIs(3), prompt: 'Bern?', ...telemetry() })
    await streamText({ model, prompt: 'Bern?', ...telemetry() }).consumeStream()
  })
  // Whom AI SDK 6 tells costspan in its metadata alone.
  const forTom = isAiSdk6 ? (run) => run() : (run) => withAttribution(tom, run)
  await forTom(async () => {
    await generateText({ model: openai('gpt-4o-mini'), prompt: 'Oslo?', ...telemetry(tom) })
    const embedding = openai.embedding('text-embedding-3-small')
    await embed({ model: embedding, value: 'Oslo', ...telemetry(tom) })
  })
}
