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
import { LANGUAGE_MODELS, languageProviders } from './providers.ts'
import type { LanguageProvider } from './providers.ts'

const seenBare = new Set<LanguageProvider>(['openai-chat', 'anthropic'])

/** Each way to call a language model, once for every provider. */
export const basics: Scenario[] = languageProviders.flatMap((provider) => {
  const common = {
    provider,
    model: LANGUAGE_MODELS[provider],
    runsOn: seenBare.has(provider) ? everyLane : isNotBare,
  }
  return [
    scenario({
      ...common,
      name: 'generate text',
      replies: [spoken],
      run: (session) => session.generateText({ prompt: question, functionId: 'answer' }),
    }),
    scenario({
      ...common,
      name: 'stream text',
      replies: [spoken],
      run: (session) => session.streamText({ prompt: question, functionId: 'answer' }),
    }),
    scenario({
      ...common,
      name: 'generate object',
      replies: [structured],
      run: (session) => session.generateObject({ prompt: question }),
    }),
    scenario({
      ...common,
      name: 'stream object',
      replies: [structured],
      run: (session) => session.streamObject({ prompt: question }),
    }),
    scenario({
      ...common,
      name: 'generate text, two steps with a tool',
      replies: [callsWeather, spokenAfterTool],
      run: (session) => session.generateText({ prompt: question, tools: weather(), steps: 3 }),
    }),
    scenario({
      ...common,
      name: 'stream text, two steps with a tool',
      replies: [callsWeather, spokenAfterTool],
      run: (session) => session.streamText({ prompt: question, tools: weather(), steps: 3 }),
    }),
  ]
})
