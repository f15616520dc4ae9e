import type { ScenarioProvider } from '../ai-sdks/lane.ts'

/** A language model of each provider, as an application would name it. */
export const LANGUAGE_MODELS = {
  'openai-chat': 'gpt-4o',
  'openai-responses': 'gpt-5',
  anthropic: 'claude-sonnet-4-5',
  google: 'gemini-2.5-flash',
  bedrock: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
  azure: 'team-chat',
  gateway: 'openai/gpt-5',
} as const satisfies Partial<Record<ScenarioProvider, string>>

export type LanguageProvider = keyof typeof LANGUAGE_MODELS

export const languageProviders = Object.keys(LANGUAGE_MODELS) as LanguageProvider[]
