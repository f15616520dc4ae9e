import { isNotBare, scenario, sinceMajor } from '../scenario.ts'
import type { Scenario } from '../scenario.ts'
import { question, spoken, structured } from './ingredients.ts'
import { LANGUAGE_MODELS, languageProviders } from './providers.ts'

const { text } = spoken

/** The provider answers but does not say what the call used. */
const unreported = languageProviders
  // These two always report it, and the SDK takes an answer without it for a broken one.
  .filter((provider) => provider !== 'anthropic' && provider !== 'bedrock')
  .flatMap((provider) => {
    const common = {
      provider,
      model: LANGUAGE_MODELS[provider],
      // Majors 4 and 5 take such an answer of the responses API for a broken one.
      fails: provider === 'openai-responses',
      replies: [{ text: String(text) }],
    }
    return [
      scenario({
        ...common,
        name: 'no usage in the answer, generate text',
        run: (session) => session.generateText({ prompt: question }),
      }),
      scenario({
        ...common,
        name: 'no usage in the answer, stream text',
        run: (session) => session.streamText({ prompt: question }),
      }),
    ]
  })

const embedUnreported = scenario({
  provider: 'openai-chat',
  model: 'text-embedding-3-small',
  name: 'no usage in the answer, embed',
  replies: [{}],
  run: (session) => session.embed({ value: 'sunny' }),
})

/** Prompts and answers that must not be recorded; some SDK versions then hide more than those. */
const unrecorded = (['openai-chat', 'anthropic', 'gateway'] as const).flatMap((provider) => {
  const common = {
    provider,
    model: LANGUAGE_MODELS[provider],
    replies: [{ ...spoken, usage: { uncachedInput: 400, cacheRead: 600, outputText: 100 } }],
  }
  return [
    scenario({
      ...common,
      name: 'inputs and outputs not recorded, generate text',
      run: (session) =>
        session.generateText({ prompt: question, recordInputs: false, recordOutputs: false }),
    }),
    scenario({
      ...common,
      name: 'inputs not recorded, stream text',
      run: (session) => session.streamText({ prompt: question, recordInputs: false }),
    }),
    scenario({
      ...common,
      name: 'outputs not recorded, generate object',
      replies: [{ ...structured, usage: { uncachedInput: 400, cacheRead: 600, outputText: 100 } }],
      run: (session) => session.generateObject({ prompt: question, recordOutputs: false }),
    }),
  ]
})

/** Models that a price table may miss, and other models of a provider. */
const otherModels = [
  ['openai-chat', 'house-model-1', 'a model without a price'],
  ['openai-chat', 'gpt-4o-mini', 'a small model'],
  ['openai-responses', 'gpt-5-mini', 'a small model'],
  ['anthropic', 'claude-haiku-4-5', 'a small model'],
  ['anthropic', 'claude-house-1', 'a model without a price'],
  ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'a model in a regional profile'],
  ['bedrock', 'amazon.nova-pro-v1:0', "one of Amazon's own models"],
  ['gateway', 'example/house-model', 'a model that only the gateway has a price for'],
  ['gateway', 'example/unknown-model', 'a model without a price'],
] as const

const models = otherModels.map(([provider, model, words]) =>
  scenario({
    provider,
    model,
    name: `${words}, generate text`,
    runsOn: isNotBare,
    replies: [spoken],
    run: (session) => session.generateText({ prompt: question }),
  }),
)

const webSearches = (['generateText', 'streamText'] as const).map((method) =>
  scenario({
    provider: 'anthropic',
    model: LANGUAGE_MODELS.anthropic,
    name: `two web searches, ${method === 'generateText' ? 'generate' : 'stream'} text`,
    runsOn: sinceMajor(5),
    replies: [{ ...spoken, usage: { uncachedInput: 1000, outputText: 100, webSearches: 2 } }],
    run: (session) => session[method]({ prompt: question, webSearch: true }),
  }),
)

export const gaps: Scenario[] = [
  ...unreported,
  embedUnreported,
  ...unrecorded,
  ...models,
  ...webSearches,
]
