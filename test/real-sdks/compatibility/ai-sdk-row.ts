import { lanes } from '../../recorder/ai-sdks/index.ts'
import type { LaneName, Tool } from '../../recorder/ai-sdks/lane.ts'
import type { Fetch } from '../../recorder/ai-sdks/models.ts'
import { openSession } from '../../recorder/ai-sdks/session.ts'
import { toolAnswer, type Row } from './compatibility-suite.ts'

/** The real AI SDK of one major; `withAttribution` alone sets the attribution. */
export function aiSdkRow(name: string, lane: LaneName, fetch?: Fetch): Row {
  return {
    name,
    async open(url) {
      const session = await openSession(lanes[lane], {
        provider: 'openai-chat',
        url,
        model: 'gpt-4o',
        who: undefined,
        attribute: undefined,
        fetch,
      })
      const weather = (execute: Tool['execute']) => ({
        tools: { weather: { description: 'The weather', execute } },
        steps: 3,
        prompt: 'How is the weather?',
      })
      const nested = weather(async () => {
        await session.generateText({ prompt: 'An agent of its own' })
        return toolAnswer
      })
      return {
        generate: { requests: 1, run: () => session.generateText({ prompt: 'Hello' }) },
        stream: { requests: 1, run: () => session.streamText({ prompt: 'Hello' }) },
        object: {
          requests: 2,
          run: async () => {
            await session.generateObject({ prompt: 'Hello' })
            await session.streamObject({ prompt: 'Hello' })
          },
        },
        embed: {
          requests: 2,
          run: async () => {
            const model = 'text-embedding-3-small'
            await session.embed({ value: 'one', model })
            await session.embedMany({ values: ['one', 'two'], model })
          },
        },
        tool: {
          requests: 2,
          run: () => session.generateText(weather(() => Promise.resolve(toolAnswer))),
        },
        'nested agent': { requests: 3, run: () => session.generateText(nested) },
      }
    },
  }
}
