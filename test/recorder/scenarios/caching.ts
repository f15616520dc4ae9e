import type { ProviderUsage, Reply } from '../../loopback/exchange.ts'
import { everyLane, isNotBare, scenario } from '../scenario.ts'
import type { Scenario } from '../scenario.ts'
import {
  callsWeather,
  question,
  spoken,
  spokenAfterTool,
  structured,
  weather,
} from './ingredients.ts'
import { LANGUAGE_MODELS } from './providers.ts'
import type { LanguageProvider } from './providers.ts'

const output = { outputText: 180, reasoning: 120 }
const read: ProviderUsage = { uncachedInput: 400, cacheRead: 600, ...output }
const written: ProviderUsage = { ...read, cacheWrite5m: 200 }

const CACHED_PROMPTS: Record<LanguageProvider, ProviderUsage> = {
  'openai-chat': read,
  'openai-responses': read,
  anthropic: written,
  google: read,
  bedrock: written,
  azure: read,
  gateway: read,
}

function using(reply: Reply, usage: ProviderUsage): Reply {
  return { ...reply, usage }
}

const cachedPrompts = Object.entries(CACHED_PROMPTS).flatMap(([name, usage]) => {
  const provider = name as LanguageProvider
  const common = {
    provider,
    model: LANGUAGE_MODELS[provider],
    runsOn: provider === 'anthropic' ? everyLane : isNotBare,
  }
  return [
    scenario({
      ...common,
      name: 'cached prompt with reasoning, generate text',
      replies: [using(spoken, usage)],
      run: (session) => session.generateText({ prompt: question }),
    }),
    scenario({
      ...common,
      name: 'cached prompt with reasoning, stream text',
      replies: [using(spoken, usage)],
      run: (session) => session.streamText({ prompt: question }),
    }),
    scenario({
      ...common,
      name: 'cached prompt with reasoning, generate object',
      replies: [using(structured, usage)],
      run: (session) => session.generateObject({ prompt: question }),
    }),
    scenario({
      ...common,
      name: 'cached prompt with reasoning, stream object',
      replies: [using(structured, usage)],
      run: (session) => session.streamObject({ prompt: question }),
    }),
  ]
})

const cachedSteps = (['openai-chat', 'anthropic'] as const).map((provider) =>
  scenario({
    provider,
    model: LANGUAGE_MODELS[provider],
    name: 'cached prompt in both of two steps, generate text',
    replies: [callsWeather, spokenAfterTool].map((reply) => using(reply, CACHED_PROMPTS[provider])),
    run: (session) => session.generateText({ prompt: question, tools: weather(), steps: 3 }),
  }),
)

const lifetimes: ProviderUsage = { ...written, cacheWrite1h: 300 }

const cacheLifetimes = (['anthropic', 'bedrock'] as const).flatMap((provider) => [
  scenario({
    provider,
    model: LANGUAGE_MODELS[provider],
    name: 'cache writes for five minutes and an hour, generate text',
    replies: [using(spoken, lifetimes)],
    run: (session) => session.generateText({ prompt: question }),
  }),
  scenario({
    provider,
    model: LANGUAGE_MODELS[provider],
    name: 'cache writes for five minutes and an hour, stream text',
    replies: [using(spoken, lifetimes)],
    run: (session) => session.streamText({ prompt: question }),
  }),
])

const otherUsage = [
  scenario({
    provider: 'google',
    model: LANGUAGE_MODELS.google,
    name: 'prompt with audio, generate text',
    replies: [using(spoken, { uncachedInput: 300, audioInput: 700, outputText: 100 })],
    run: (session) => session.generateText({ prompt: question }),
  }),
  scenario({
    provider: 'gateway',
    model: 'anthropic/claude-sonnet-4.5',
    name: 'cached prompt with cache writes, generate text',
    replies: [using(spoken, written)],
    run: (session) => session.generateText({ prompt: question }),
  }),
]

export const caching: Scenario[] = [
  ...cachedPrompts,
  ...cachedSteps,
  ...cacheLifetimes,
  ...otherUsage,
]
