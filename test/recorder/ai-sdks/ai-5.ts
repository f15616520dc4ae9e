import type { Lane } from './lane.ts'

const openai = { alias: 'openai-5', load: () => import('openai-5') }

export const ai5: Lane = {
  name: 'ai-5',
  major: 5,
  ai: { alias: 'ai-5', load: () => import('ai-5') },
  providers: {
    'openai-chat': openai,
    'openai-responses': openai,
    anthropic: { alias: 'anthropic-5', load: () => import('anthropic-5') },
    google: { alias: 'google-5', load: () => import('google-5') },
    bedrock: { alias: 'bedrock-5', load: () => import('bedrock-5') },
    azure: { alias: 'azure-5', load: () => import('azure-5') },
    gateway: { alias: 'gateway-5', load: () => import('gateway-5') },
  },
}
