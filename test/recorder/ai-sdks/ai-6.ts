import type { Lane } from './lane.ts'

const openai = { alias: 'openai-6', load: () => import('openai-6') }

export const ai6: Lane = {
  name: 'ai-6',
  major: 6,
  ai: { alias: 'ai-6', load: () => import('ai-6') },
  providers: {
    'openai-chat': openai,
    'openai-responses': openai,
    anthropic: { alias: 'anthropic-6', load: () => import('anthropic-6') },
    google: { alias: 'google-6', load: () => import('google-6') },
    bedrock: { alias: 'bedrock-6', load: () => import('bedrock-6') },
    azure: { alias: 'azure-6', load: () => import('azure-6') },
    gateway: { alias: 'gateway-6', load: () => import('gateway-6') },
    cohere: { alias: 'cohere-6', load: () => import('cohere-6') },
  },
}
