import type { OpenAIProvider } from '@ai-sdk/openai'
import { embedMany, generateText, isStepCount, streamText, tool, ToolLoopAgent } from 'ai'
import { withAttribution } from 'costspan'
import { z } from 'zod'

export type Feature = 'chat' | 'summary' | 'research' | 'search' | 'beta' | 'nightly digest'

export interface User {
  userId: string
  tenantId: string
  plan: 'free' | 'pro'
}

export interface AppRequest {
  feature: Feature
  text: string
  /** Absent for what the app does on its own. */
  user?: User
}

/** A help desk with AI in it. Nothing below the door knows about users or costs. */
export function createChatApp(openai: OpenAIProvider) {
  const features: Record<Feature, (text: string) => PromiseLike<unknown>> = {
    chat: (text) =>
      streamText({ model: openai('gpt-5-mini'), instructions: HANDBOOK, prompt: text }).text,
    summary: (text) => generateText({ model: openai('gpt-4o-mini'), prompt: `Summarise: ${text}` }),
    research: (text) => researcher(openai).generate({ prompt: text }),
    search: (text) =>
      embedMany({ model: openai.embedding('text-embedding-3-small'), values: [text, ...ARTICLES] }),
    beta: (text) => generateText({ model: openai('gpt-next-beta'), prompt: text }),
    'nightly digest': (text) => generateText({ model: openai('gpt-4o-mini'), prompt: text }),
  }

  /** The door, and all that costspan asks of an app: say once who the request is for. */
  return async ({ user, feature, text }: AppRequest): Promise<void> => {
    await withAttribution({ ...user, tags: { feature } }, () => features[feature](text))
  }
}

/** An agent with a tool that is an agent itself, which reads a page before it reports. */
function researcher(openai: OpenAIProvider) {
  const readPage = tool({
    description: 'Reads a web page',
    inputSchema: z.object({ url: z.string() }),
    execute: ({ url }) => `The text of ${url}`,
  })
  const reader = new ToolLoopAgent({
    model: openai('gpt-4o'),
    tools: { readPage },
    stopWhen: isStepCount(5),
  })
  const investigate = tool({
    description: 'Has a colleague look into a question',
    inputSchema: z.object({ question: z.string() }),
    execute: async ({ question }) => (await reader.generate({ prompt: question })).text,
  })
  return new ToolLoopAgent({
    model: openai('gpt-5'),
    tools: { investigate },
    stopWhen: isStepCount(5),
  })
}

// Both stand for texts of many pages; the loopback provider counts them at that length.
const HANDBOOK = 'You are a support agent. The handbook: …'
const ARTICLES = ['Getting started …', 'Billing …', 'Single sign-on …', 'Exports …', 'Webhooks …']
