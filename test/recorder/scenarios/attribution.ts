import { freeUser, scenario, sinceMajor } from '../scenario.ts'
import type { Scenario } from '../scenario.ts'
import type { Lane } from '../ai-sdks/lane.ts'
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

const nestedReplies = [callsWeather, spoken, spokenAfterTool]
const outer = { prompt: question, steps: 3, functionId: 'travel-agent' }
const inner = { prompt: 'Weather in Bern?', functionId: 'weather-agent' }

const nested = (['openai-chat', 'anthropic'] as const).flatMap((provider) => {
  const common = { provider, model: LANGUAGE_MODELS[provider] }
  return [
    scenario({
      ...common,
      name: 'generate text in a tool, without a user of its own',
      replies: nestedReplies,
      run: (session) =>
        session.generateText({
          ...outer,
          tools: weather(() => session.generateText({ ...inner, who: null })),
        }),
    }),
    scenario({
      ...common,
      name: 'agent in a tool, for another user',
      replies: nestedReplies,
      run: (session) =>
        session.generateText({
          ...outer,
          tools: weather(() => session.generateText({ ...inner, who: freeUser })),
        }),
    }),
    scenario({
      ...common,
      name: 'stream text in a tool of a stream, without a user of its own',
      replies: nestedReplies,
      run: (session) =>
        session.streamText({
          ...outer,
          tools: weather(() => session.streamText({ ...inner, who: null })),
        }),
    }),
  ]
})

const openai = { provider: 'openai-chat', model: LANGUAGE_MODELS['openai-chat'] } as const

const deep = [
  scenario({
    ...openai,
    name: 'agents three deep, the lower two without a user of their own',
    replies: [callsWeather, callsWeather, spoken, spokenAfterTool, spokenAfterTool],
    run: (session) =>
      session.generateText({
        ...outer,
        tools: weather(() =>
          session.generateText({
            ...inner,
            who: null,
            steps: 3,
            tools: weather(() => session.generateText({ prompt: 'Bern?', who: null })),
          }),
        ),
      }),
  }),
  scenario({
    ...openai,
    name: 'generate object in a tool, without a user of its own',
    replies: [callsWeather, structured, spokenAfterTool],
    run: (session) =>
      session.generateText({
        ...outer,
        tools: weather(() => session.generateObject({ ...inner, who: null })),
      }),
  }),
  scenario({
    ...openai,
    name: 'embed in a tool, without a user of its own',
    replies: [callsWeather, { usage: { uncachedInput: 5 } }, spokenAfterTool],
    run: (session) =>
      session.generateText({
        ...outer,
        tools: weather(() =>
          session.embed({ value: 'sunny', model: 'text-embedding-3-small', who: null }),
        ),
      }),
  }),
  scenario({
    ...openai,
    name: 'generate text for nobody',
    who: undefined,
    replies: [spoken],
    run: (session) => session.generateText({ prompt: question }),
  }),
]

const switches: [LanguageProvider, string][] = [
  ['openai-chat', 'gpt-4o-mini'],
  ['anthropic', 'claude-haiku-4-5'],
]

const modelSwitches = switches.flatMap(([provider, second]) => {
  const call = { prompt: question, tools: weather(), steps: 3, modelOfStep: { 1: second } }
  const common = {
    provider,
    model: LANGUAGE_MODELS[provider],
    runsOn: sinceMajor(5),
    replies: [callsWeather, spokenAfterTool],
  }
  return [
    scenario({
      ...common,
      name: 'another model for the second step, generate text',
      run: (session) => session.generateText(call),
    }),
    scenario({
      ...common,
      name: 'another model for the second step, stream text',
      run: (session) => session.streamText(call),
    }),
  ]
})

const showsRuntimeContext = (lane: Lane) => lane.name === 'ai-7' || lane.name === 'ai-7-legacy'

const runtimeContext = [
  scenario({
    ...openai,
    runsOn: showsRuntimeContext,
    name: 'user in the runtime context, generate text',
    replies: [spoken],
    run: (session) => session.generateText({ prompt: question, whoInRuntimeContext: true }),
  }),
  scenario({
    ...openai,
    runsOn: showsRuntimeContext,
    name: 'user in the runtime context, stream text in two steps with a tool',
    replies: [callsWeather, spokenAfterTool],
    run: (session) =>
      session.streamText({
        prompt: question,
        tools: weather(),
        steps: 3,
        whoInRuntimeContext: true,
      }),
  }),
  scenario({
    ...openai,
    runsOn: showsRuntimeContext,
    name: 'user in the runtime context, generate text in a tool without one',
    replies: nestedReplies,
    run: (session) =>
      session.generateText({
        ...outer,
        whoInRuntimeContext: true,
        tools: weather(() => session.generateText({ ...inner, who: null })),
      }),
  }),
  scenario({
    ...openai,
    model: 'text-embedding-3-small',
    runsOn: showsRuntimeContext,
    name: 'user in the runtime context, embed',
    replies: [{ usage: { uncachedInput: 5 } }],
    run: (session) => session.embed({ value: 'sunny', whoInRuntimeContext: true }),
  }),
]

export const attribution: Scenario[] = [...nested, ...deep, ...modelSwitches, ...runtimeContext]
