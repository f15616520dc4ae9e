import type { Lane } from './lane.ts'

const openai = { alias: 'openai-4', load: () => import('openai-4') }

export const ai4: Lane = {
  name: 'ai-4',
  major: 4,
  ai: { alias: 'ai-4', load: () => import('ai-4') },
  providers: {
    'openai-chat': openai,
    'openai-responses': openai,
    anthropic: { alias: 'anthropic-4', load: () => import('anthropic-4') },
    google: { alias: 'google-4', load: () => import('google-4') },
    bedrock: { alias: 'bedrock-4', load: () => import('bedrock-4') },
    azure: { alias: 'azure-4', load: () => import('azure-4') },
  },
}
