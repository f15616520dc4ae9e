import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel'
import { costTelemetry } from 'costspan/ai-sdk'
import { ai4 } from '../recorder/ai-sdks/ai-4.ts'
import { ai5 } from '../recorder/ai-sdks/ai-5.ts'
import { ai6 } from '../recorder/ai-sdks/ai-6.ts'
import { ai7 } from '../recorder/ai-sdks/ai-7.ts'
import type { Lane } from '../recorder/ai-sdks/lane.ts'
import { openModels, type Models } from '../recorder/ai-sdks/models.ts'

/** A major of the AI SDK, and for 7 the integrations that an application registers. */
export interface AiSdkSetUp {
  readonly name: string
  readonly lane: Lane
  readonly integrations: () => readonly object[]
}

const none = (): readonly object[] => []
const options = { usage: true, providerMetadata: true }

export const aiSdkSetUps: readonly AiSdkSetUp[] = [
  { name: 'AI SDK 4', lane: ai4, integrations: none },
  { name: 'AI SDK 5', lane: ai5, integrations: none },
  { name: 'AI SDK 6', lane: ai6, integrations: none },
  {
    name: 'AI SDK 7 with costTelemetry()',
    lane: ai7,
    integrations: () => [new OpenTelemetry(costTelemetry())],
  },
  { name: 'AI SDK 7 without it', lane: ai7, integrations: () => [new OpenTelemetry(options)] },
  {
    name: 'AI SDK 7 with LegacyOpenTelemetry',
    lane: ai7,
    integrations: () => [new LegacyOpenTelemetry()],
  },
]

/** The functions that all majors share; their options differ, so they are not typed here. */
export interface Sdk {
  generateText(options: object): Promise<{ text: string }>
  streamText(options: object): { consumeStream(): PromiseLike<void> }
  generateObject(options: object): Promise<unknown>
  streamObject(options: object): { partialObjectStream: AsyncIterable<unknown> }
  embed(options: object): Promise<unknown>
  embedMany(options: object): Promise<unknown>
  jsonSchema(schema: object): unknown
  stepCountIs(count: number): unknown
}

export interface OpenedSetUp {
  readonly sdk: Sdk
  readonly models: Models
}

export async function openSetUp(
  { lane, integrations }: AiSdkSetUp,
  url: string,
): Promise<OpenedSetUp> {
  register(integrations())
  const sdk = (await lane.ai.load()) as Sdk
  return { sdk, models: await openModels(lane, 'openai-chat', url) }
}

/** What `registerTelemetry` of AI SDK 7 and `registerTelemetryIntegration` of 6 do, to be undone. */
export function register(integrations: readonly object[]): void {
  Object.assign(globalThis, { AI_SDK_TELEMETRY_INTEGRATIONS: [...integrations] })
}

/** Options of a call that may use one tool, in two steps. */
export function withTool(
  { sdk }: OpenedSetUp,
  { major }: Lane,
  execute: () => Promise<unknown>,
): object {
  const schema = sdk.jsonSchema({ type: 'object', properties: { city: { type: 'string' } } })
  const input = major === 4 ? { parameters: schema } : { inputSchema: schema }
  return {
    tools: { weather: { description: 'The weather', ...input, execute } },
    ...(major === 4 ? { maxSteps: 3 } : { stopWhen: sdk.stepCountIs(3) }),
  }
}

export function objectSchema({ sdk }: OpenedSetUp): unknown {
  return sdk.jsonSchema({
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  })
}
