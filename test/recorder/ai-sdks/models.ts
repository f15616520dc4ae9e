import type { Lane, Major, ScenarioProvider } from './lane.ts'

/** The models of one provider on the loopback. */
export interface Models {
  language(modelId: string): unknown
  embedding(modelId: string): object
  reranking(modelId: string): unknown
  webSearch(): unknown
}

type Create = (settings: object) => Provider

/** What the provider packages of all majors have in common. */
interface Provider {
  languageModel(modelId: string): unknown
  chat(modelId: string): unknown
  responses(modelId: string): unknown
  embeddingModel?(modelId: string): object
  textEmbeddingModel(modelId: string): object
  reranking(modelId: string): unknown
  tools: { webSearch_20250305(options: object): unknown }
}

interface Door {
  create: string
  settings(url: string, major: Major): object
  language?: 'chat' | 'responses'
}

const apiKey = 'loopback'

// `compatibility` is what the ready-made `openai` of major 4 has: without it, it asks for no usage in streams.
const openaiSettings = (url: string) => ({
  apiKey,
  baseURL: `${url}/openai/v1`,
  compatibility: 'strict',
})

const DOORS: Record<ScenarioProvider, Door> = {
  'openai-chat': { create: 'createOpenAI', settings: openaiSettings, language: 'chat' },
  'openai-responses': { create: 'createOpenAI', settings: openaiSettings, language: 'responses' },
  anthropic: {
    create: 'createAnthropic',
    settings: (url) => ({ apiKey, baseURL: `${url}/anthropic/v1` }),
  },
  google: {
    create: 'createGoogleGenerativeAI',
    settings: (url) => ({ apiKey, baseURL: `${url}/google/v1beta` }),
  },
  bedrock: {
    create: 'createAmazonBedrock',
    settings: (url) => ({
      baseURL: `${url}/bedrock`,
      region: 'us-east-1',
      accessKeyId: apiKey,
      secretAccessKey: apiKey,
    }),
  },
  azure: {
    create: 'createAzure',
    settings: (url, major) => ({
      apiKey,
      baseURL: major === 4 ? `${url}/azure/openai/deployments` : `${url}/azure/openai`,
    }),
  },
  gateway: { create: 'createGateway', settings: (url) => ({ apiKey, baseURL: `${url}/gateway` }) },
  cohere: { create: 'createCohere', settings: (url) => ({ apiKey, baseURL: `${url}/cohere/v2` }) },
}

/** What carries the requests of a provider's client; by default the global `fetch`. */
export type Fetch = typeof fetch

export async function openModels(
  lane: Lane,
  provider: ScenarioProvider,
  url: string,
  fetch?: Fetch,
): Promise<Models> {
  const installed = lane.providers[provider]
  if (installed === undefined) throw new Error(`${lane.name} has no ${provider}`)
  const door = DOORS[provider]
  const create = ((await installed.load()) as Record<string, Create>)[door.create]
  if (create === undefined) throw new Error(`${installed.alias} has no ${door.create}`)
  const client = create({ ...door.settings(url, lane.major), ...(fetch && { fetch }) })
  return {
    language: (modelId) => client[door.language ?? 'languageModel'](modelId),
    embedding: (modelId) => client.embeddingModel?.(modelId) ?? client.textEmbeddingModel(modelId),
    reranking: (modelId) => client.reranking(modelId),
    webSearch: () => client.tools.webSearch_20250305({ maxUses: 3 }),
  }
}
