import { scenario, sinceMajor } from '../scenario.ts'
import type { Scenario } from '../scenario.ts'

const EMBEDDING_MODELS = {
  'openai-chat': 'text-embedding-3-small',
  google: 'gemini-embedding-001',
  azure: 'team-embedding',
  gateway: 'openai/text-embedding-3-small',
} as const

const providers = Object.keys(EMBEDDING_MODELS) as (keyof typeof EMBEDDING_MODELS)[]

const embeddings = providers.flatMap((provider) => {
  const common = { provider, model: EMBEDDING_MODELS[provider] }
  return [
    scenario({
      ...common,
      name: 'embed',
      replies: [{ usage: { uncachedInput: 5 } }],
      run: (session) => session.embed({ value: 'sunny' }),
    }),
    scenario({
      ...common,
      name: 'embed many in three chunks',
      replies: [10, 15, 10].map((uncachedInput) => ({ usage: { uncachedInput } })),
      run: (session) =>
        session.embedMany({ values: ['one', 'two', 'three', 'four', 'five'], chunk: 2 }),
    }),
  ]
})

const rerank = scenario({
  provider: 'cohere',
  model: 'rerank-v3.5',
  name: 'rerank',
  runsOn: sinceMajor(6),
  replies: [{ usage: { uncachedInput: 0, searchUnits: 1 } }],
  run: (session) => session.rerank({ query: 'sun', documents: ['sunny', 'rainy'] }),
})

export const embeddingsAndRerank: Scenario[] = [...embeddings, rerank]
