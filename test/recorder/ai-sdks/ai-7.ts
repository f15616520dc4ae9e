import type { Lane, Telemetry } from './lane.ts'

const openai = { alias: '@ai-sdk/openai', load: () => import('@ai-sdk/openai') }

const sdk: Pick<Lane, 'major' | 'ai' | 'providers'> = {
  major: 7,
  ai: { alias: 'ai', load: () => import('ai') },
  providers: {
    'openai-chat': openai,
    'openai-responses': openai,
    anthropic: { alias: '@ai-sdk/anthropic', load: () => import('@ai-sdk/anthropic') },
    google: { alias: '@ai-sdk/google', load: () => import('@ai-sdk/google') },
    bedrock: { alias: '@ai-sdk/amazon-bedrock', load: () => import('@ai-sdk/amazon-bedrock') },
    azure: { alias: '@ai-sdk/azure', load: () => import('@ai-sdk/azure') },
    gateway: { alias: '@ai-sdk/gateway', load: () => import('@ai-sdk/gateway') },
    cohere: { alias: '@ai-sdk/cohere', load: () => import('@ai-sdk/cohere') },
  },
}

const otel = { alias: '@ai-sdk/otel', load: () => import('@ai-sdk/otel') }

/** The integration as costspan's documentation asks for it. */
const recommended = { usage: true, providerMetadata: true }

async function openTelemetry(options: object): Promise<unknown> {
  const { OpenTelemetry } = await otel.load()
  return new OpenTelemetry(options)
}

const legacy: Telemetry = {
  package: otel,
  integration: async () => {
    const { LegacyOpenTelemetry } = await otel.load()
    return new LegacyOpenTelemetry()
  },
}

const modern: Telemetry = {
  package: otel,
  integration: () => openTelemetry(recommended),
  runtimeContextIntegration: () => openTelemetry({ ...recommended, runtimeContext: true }),
}

const bare: Telemetry = { package: otel, integration: () => openTelemetry({}) }

export const ai7Legacy: Lane = { ...sdk, name: 'ai-7-legacy', telemetry: legacy }
export const ai7: Lane = { ...sdk, name: 'ai-7', telemetry: modern }
export const ai7Bare: Lane = { ...sdk, name: 'ai-7-bare', telemetry: bare }
