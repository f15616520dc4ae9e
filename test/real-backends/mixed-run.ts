/* oxlint-disable no-await-in-loop -- sessions open in order */
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { withAttribution } from 'costspan'
import type { ProviderRequest, ProviderUsage, Reply } from '../loopback/exchange.ts'
import { startProvider } from '../loopback/provider.ts'
import { lanes } from '../recorder/ai-sdks/index.ts'
import type { LaneName, ScenarioProvider, Session } from '../recorder/ai-sdks/lane.ts'
import { openSession } from '../recorder/ai-sdks/session.ts'

/** One process runs one kind of AI SDK 7. */
const majors: readonly LaneName[] = ['ai-4', 'ai-5', 'ai-6', 'ai-7']
const models: readonly (readonly [ScenarioProvider, string])[] = [
  ['openai-chat', 'gpt-4o'],
  ['openai-responses', 'gpt-5'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['google', 'gemini-2.5-flash'],
]
const plans = ['free', 'pro', 'enterprise']

export interface MixedRun {
  /** What the provider billed for each user, in US dollars. */
  readonly billed: ReadonlyMap<string, number>
  /** How many requests it answered. */
  readonly requests: number
}

/**
 * An app on every AI SDK major at once: agents with tools, agents inside tools that work for another
 * user, streams, objects and embeddings, of users on several plans, at the same time. `processors` are
 * in one pipeline.
 */
export async function runMixed(
  processors: SpanProcessor[],
  { users = 12, resource = {} }: { users?: number; resource?: Record<string, string> } = {},
): Promise<MixedRun> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
  const tracing = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'mixed', ...resource }),
    spanProcessors: processors,
  })
  trace.setGlobalTracerProvider(tracing)
  const usersByUsage = new Map<ProviderUsage, string>()
  const loopback = await startProvider({ reply: (request) => replyTo(request, usersByUsage) })
  const days: (() => Promise<void>)[] = []
  for (const major of majors) {
    for (const [index, [provider, model]] of models.entries()) {
      const options = { provider, url: loopback.url, model, who: undefined, attribute: undefined }
      // One after the other: the first registers telemetry for AI SDK 7.
      const session = await openSession(lanes[major], options)
      for (let user = index; user < users; user += models.length) {
        days.push(() => dayOf(session, user))
      }
    }
  }
  await Promise.all(days.map((day) => day()))
  await loopback.close()
  await tracing.forceFlush()
  await tracing.shutdown()

  const billed = new Map<string, number>()
  for (const { usage, usd } of loopback.calls) {
    const user = usage && usersByUsage.get(usage)
    if (user === undefined || usd === undefined) throw new Error('a call that is billed to no user')
    billed.set(user, (billed.get(user) ?? 0) + usd)
  }
  return { billed, requests: loopback.calls.length }
}

/** Everything that one user does; what the agent's tool calls is for a colleague. */
async function dayOf(session: Session, user: number): Promise<void> {
  const userId = `user-${user}`
  const attribution = { userId, tenantId: `tenant-${user % 4}`, plan: plans[user % plans.length] }
  const colleague = `colleague-of-${user}`
  const tools = {
    weather: {
      description: 'The weather',
      execute: async () => {
        const inside = { prompt: `For ${colleague}: how is it?` }
        await withAttribution({ userId: colleague }, () => session.generateText(inside))
        return { degrees: 9 }
      },
    },
  }
  await withAttribution(attribution, async () => {
    await session.generateText({ prompt: `For ${userId}: the weather?`, tools, steps: 3 })
    await session.streamText({ prompt: `For ${userId}: a story` })
    await session.generateObject({ prompt: `For ${userId}: an object` })
  })
}

/** Who asks is in the prompt; the last one named is the one who asks now. */
function replyTo(
  { provider, body, tools, number }: ProviderRequest,
  usersByUsage: Map<ProviderUsage, string>,
): Reply {
  const text = JSON.stringify(body)
  const asks = /For ([\w-]+):/.exec(text)?.[1]
  if (asks === undefined) throw new Error('a request of no user')
  // Cached tokens where every major shows them.
  const cacheRead = provider === 'anthropic' ? 400 + number : 0
  const usage = { uncachedInput: 1000 + number * 7, cacheRead, outputText: 100 + number * 3 }
  usersByUsage.set(usage, asks)
  if (!tools.includes('weather')) {
    return { text: 'Mild.', object: { city: 'Oslo', degrees: 9 }, usage }
  }
  return text.includes('degrees')
    ? { text: 'Mild.', usage }
    : { toolCalls: [{ name: 'weather', input: { city: 'Oslo' } }], usage }
}
