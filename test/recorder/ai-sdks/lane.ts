/** The AI SDK majors, and for major 7 the telemetry integrations, that scenarios run on. */
export type LaneName = 'ai-4' | 'ai-5' | 'ai-6' | 'ai-7-legacy' | 'ai-7' | 'ai-7-bare'

export type Major = 4 | 5 | 6 | 7

/** A provider together with the API of it that a scenario speaks. */
export type ScenarioProvider =
  | 'openai-chat'
  | 'openai-responses'
  | 'anthropic'
  | 'google'
  | 'bedrock'
  | 'azure'
  | 'gateway'
  | 'cohere'

export interface Who {
  userId: string
  plan?: string
  tenantId?: string
}

export type Attribute = <T>(who: Who, work: () => T) => T

export interface Tool {
  description: string
  execute(): Promise<unknown>
}

export interface CallOptions {
  /** By default the model the session was opened with. */
  model?: string
  /** By default the user of the scenario; null: the call itself names no user. */
  who?: Who | null
  functionId?: string
  recordInputs?: boolean
  recordOutputs?: boolean
  /** 0 unless a scenario is about retries. */
  maxRetries?: number
  /** Major 7 only: the user travels in `runtimeContext`, included in the telemetry, and not by `attribute`. */
  whoInRuntimeContext?: boolean
}

export interface TextCall extends CallOptions {
  prompt: string
  tools?: Record<string, Tool>
  /** How many steps the call may take; 1 by default. */
  steps?: number
  /** Models of later steps, by step number from 0; majors 5 and later. */
  modelOfStep?: Record<number, string>
  /** Offers Anthropic's own web search; majors 5 and later. */
  webSearch?: boolean
}

export interface StreamCall extends TextCall {
  /** What the caller does once the first text has arrived; by default it reads on to the end. */
  reader?: 'aborts' | 'leaves' | 'never reads'
}

export type ObjectCall = CallOptions & { prompt: string }

export interface ObjectStreamCall extends ObjectCall {
  reader?: 'aborts'
}

export interface EmbedManyCall extends CallOptions {
  values: string[]
  /** The values of one request; the SDK splits into chunks of this size. */
  chunk?: number
}

/** The AI SDK of one lane, opened for one provider, under names that all majors share. */
export interface Session {
  lane: LaneName
  major: Major
  generateText(call: TextCall): Promise<void>
  streamText(call: StreamCall): Promise<void>
  generateObject(call: ObjectCall): Promise<void>
  streamObject(call: ObjectStreamCall): Promise<void>
  embed(call: CallOptions & { value: string }): Promise<void>
  embedMany(call: EmbedManyCall): Promise<void>
  rerank(call: CallOptions & { query: string; documents: string[] }): Promise<void>
}

/** A package as installed here, which may be under an alias, and how to load it. */
export interface InstalledPackage {
  alias: string
  load(): Promise<unknown>
}

export interface Lane {
  name: LaneName
  major: Major
  ai: InstalledPackage
  /** No entry: this major has no such provider. */
  providers: Partial<Record<ScenarioProvider, InstalledPackage>>
  /** Further packages that shape the spans. */
  telemetry?: Telemetry
}

/** Major 7 emits spans only through an integration. */
export interface Telemetry {
  package: InstalledPackage
  /** The integration every call of the process uses. */
  integration(): Promise<unknown>
  /** The one for calls whose user is in the runtime context, where the first one would not show it. */
  runtimeContextIntegration?(): Promise<unknown>
}
